"""Every way to get a mapping wrong is answered by an id and a hint, and by no traceback."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import checks as django_checks

from revenue_intel import checks
from revenue_intel.shop import ModelShop, OrderState
from tests.host.models import Order

HERE = "tests.checks.test_mapping_mistakes"
NEEDED = ["reference", "status", "currency", "total", "created_at", "line_product", "line_quantity"]
NAMES = [
    *NEEDED,
    "order_model",
    "lines",
    "updated_at",
    "paid_at",
    "email",
    "user",
    "line_variant",
    "stock_field",
]
WORDS = {OrderState.PAID: "x", OrderState.PENDING: "x"}

#: Id → mappings that have to raise it.
MISTAKES: dict[str, list[dict[str, Any]]] = {
    "E008": [
        *({name: ""} for name in [*NEEDED, "line_unit_price", "lines", "stock_field"]),
        *({name: value} for name in NAMES for value in (None, 7, ["a"])),
        {"order_model": Order},
        {"statuses": None},
        {"statuses": ["paid"]},
        {"statuses": [(OrderState.PAID, "x")]},
        {"statuses": {OrderState.PAID: 3}},
        {"statuses": {OrderState.PAID: None}},
        {"status": "id"},
        {"status": "user"},
        {"status": "created_at"},
    ],
    "E018": [{"statuses": {"bezahlt": OrderState.PAID}}, {"statuses": WORDS}, {"restock_policy": None}],
    "E019": [
        {"money": None},
        {"money": ["decimal"]},
        *({name: "id"} for name in ("total", "discount", "tax", "shipping")),
        *({name: wrong} for name in ("total", "tax") for wrong in ("email", "created_at", "user")),
        *({name: "quantity"} for name in ("line_unit_price", "line_amount")),
        {"line_unit_price": "name"},
    ],
    "E020": [
        {"line_quantity": "amount"},
        {"line_quantity": "name"},
        {"reserved_field": "stock"},
        {"reserved_field": "price"},
        {"stock_field": "name"},
    ],
    "E023": [
        {"currency": "total"},
        {"currency": "user"},
        {"created_at": "email"},
        {"updated_at": "email"},
        {"paid_at": "email"},
        {"user": "email"},
        {"reference": "user"},
        {"line_product": "name"},
        {"line_variant": "name"},
        {"lines": "user", "describe": repr, "stock_lines": repr},
    ],
    "W011": [],
}


class Mistaken(ModelShop):
    order_model = "host.Order"


def raised(settings: Any, monkeypatch: pytest.MonkeyPatch, names: dict[str, Any]) -> dict[str, Any]:
    for name, value in names.items():
        monkeypatch.setattr(Mistaken, name, value)
    settings.REVENUE_INTEL_SHOP = f"{HERE}.Mistaken"
    messages = django_checks.run_checks(tags=[checks.TAG])
    assert all(message.hint for message in messages)
    return {str(message.id).removeprefix("revenue_intel."): message for message in messages}


CASES = [(code, names) for code, many in MISTAKES.items() for names in many]


@pytest.mark.parametrize(("code", "names"), CASES, ids=str)
def test_a_mistake_in_the_mapping_raises_its_id(settings, monkeypatch, code, names):
    found = raised(settings, monkeypatch, names)

    assert [each for each in found if each.startswith("E")] == [code]
    name = next(iter(names))
    assert name in found[code].msg


def test_a_word_that_the_status_does_not_offer_is_a_warning(settings, monkeypatch):
    monkeypatch.setattr(Order._meta.get_field("status"), "choices", [("pending", "Open"), ("paid", "Paid")])

    found = raised(settings, monkeypatch, {"statuses": {OrderState.CANCELED: "paid_back"}})

    assert list(found) == ["W011"]
    assert "'paid_back'" in found["W011"].msg
    assert "'disputed'" in found["W011"].msg
    assert "'pending'" not in found["W011"].msg


def test_a_status_may_be_a_number(settings, monkeypatch):
    numbers = {state: number for number, state in enumerate(OrderState)}

    assert raised(settings, monkeypatch, {"status": "total", "statuses": numbers}) == {}


@pytest.mark.parametrize(
    "name", ["updated_at", "paid_at", "user", "line_variant", "line_name", "line_amount", "email"]
)
def test_what_a_shop_may_lack_may_be_empty(settings, monkeypatch, name):
    assert raised(settings, monkeypatch, {name: ""}) == {}


@pytest.mark.parametrize(
    ("method", "names"),
    [
        ("write_state", {"status": "user", "statuses": {}}),
        ("describe", {"currency": "total", "line_unit_price": "name", "created_at": "email"}),
    ],
)
def test_what_only_a_method_of_the_hosts_reads_is_of_any_kind(settings, monkeypatch, method, names):
    assert raised(settings, monkeypatch, {**names, method: repr}) == {}
