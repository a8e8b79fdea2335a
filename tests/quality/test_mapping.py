"""The mapping check names every field that the host's models do not have, before a payment finds out."""

from __future__ import annotations

from typing import Any

import pytest

from revenue_intel.quality.mapping import find_mapping_faults
from revenue_intel.shop import ModelShop, OrderState


class SoundShop(ModelShop):
    order_model = "host.Order"


def shop_with(**names: Any) -> ModelShop:
    changed: type[ModelShop] = type("ChangedShop", (SoundShop,), names)
    return changed()


def test_a_sound_mapping_has_no_faults():
    assert find_mapping_faults(SoundShop()) == []


ORDER_NAMES = [
    "reference",
    "status",
    "currency",
    "total",
    "created_at",
    "updated_at",
    "paid_at",
    "email",
    "name",
]
ORDER_NAMES += ["user", "discount", "tax", "shipping", "lines"]
LINE_NAMES = ["line_product", "line_variant", "line_quantity", "line_unit_price", "line_amount", "line_name"]


@pytest.mark.parametrize("name", [*ORDER_NAMES, *LINE_NAMES, "stock_field", "preorder_field"])
def test_a_name_that_does_not_exist_is_named(name):
    faults = find_mapping_faults(shop_with(**{name: "nonesuch"}))

    assert faults
    assert all(fault.startswith(f"{name} = 'nonesuch': host.") for fault in faults)


@pytest.mark.parametrize("label", ["host.Nonesuch", "nonesuch.Order", "Order", ""])
def test_an_order_model_that_does_not_exist_is_named(label):
    assert find_mapping_faults(shop_with(order_model=label)) == [f"order_model: there is no model {label!r}."]


def test_an_adapter_without_an_order_model_says_so():
    class Forgetful(ModelShop):
        pass

    assert find_mapping_faults(Forgetful()) == ["order_model: there is no model ''."]


def test_what_the_host_does_not_have_may_be_empty():
    empty = dict.fromkeys(
        [
            "name",
            "user",
            "updated_at",
            "paid_at",
            "line_variant",
            "line_amount",
            "line_name",
            "preorder_field",
        ],
        "",
    )

    assert find_mapping_faults(shop_with(**empty)) == []


def test_a_state_that_does_not_fit_into_the_status_field_is_a_fault():
    (fault,) = find_mapping_faults(shop_with(statuses={OrderState.PAID: "x" * 33}))

    assert "does not fit into host.Order.status (max_length 32)" in fault


def test_names_that_only_an_overridden_method_would_read_are_not_looked_at():
    own_words = shop_with(total="nonesuch", status="nonesuch", describe=repr, write_state=repr)

    assert find_mapping_faults(own_words) == []


def test_a_shop_that_reads_its_lines_itself_needs_no_lines():
    assert find_mapping_faults(shop_with(lines="nonesuch", describe=repr, stock_lines=repr)) == []


def test_a_shop_that_only_describes_lines_itself_still_needs_its_stock_rows():
    faults = find_mapping_faults(shop_with(stock_field="nonesuch", describe=repr))

    assert len(faults) == 2  # the product's and the variant's


def test_a_shop_without_stock_rows_of_ours_needs_no_stock_field():
    assert find_mapping_faults(shop_with(stock_field="nonesuch", stock_lines=repr)) == []
