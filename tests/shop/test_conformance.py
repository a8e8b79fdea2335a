"""The conformance tests pass for a sound adapter, and each is red for the mistake that it is there for."""

from __future__ import annotations

import unittest
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone

from revenue_intel.shop import ModelShop, OrderState, StockLine
from revenue_intel.testing.conformance import ShopConformance
from tests.factories import make_order, make_product
from tests.host.models import Order
from tests.threads import postgres_only

pytestmark = pytest.mark.django_db

TESTS = [name for name in dir(ShopConformance) if name.startswith("test_")]


class Sound(ModelShop):
    order_model = "host.Order"


class Case(ShopConformance, unittest.TestCase):  # type: ignore[misc]
    """The suite on the suite's own host; ``adapter`` is the one under test."""

    adapter: type[ModelShop] = Sound

    @property
    def shop(self) -> ModelShop:
        return self.adapter()

    def make_order(self) -> Order:
        owner, _ = User.objects.get_or_create(username="owner")
        return make_order(lines=[(make_product("Mug", "9.50"), 2)], user=owner)

    def owner_of(self, order: Order) -> Any:
        return order.user

    def make_stranger(self) -> User:
        return User.objects.create(username="stranger")


def run(name: str, adapter: type[ModelShop]) -> unittest.TestResult:
    result = unittest.TestResult()
    case: Any = type("Case", (Case,), {"adapter": adapter})(name)
    case.run(result)
    return result


def describing(**changes: Any) -> type[ModelShop]:
    return type(
        "Mistaken",
        (Sound,),
        {"describe": lambda self, order: replace(Sound.describe(self, order), **changes)},
    )


class FindsAnything(Sound):
    def find_order(self, reference: str, *, lock: bool = False) -> Any:
        return super().find_order(reference, lock=lock) or Order.objects.first()


class FindsByAnythingLike(Sound):
    def find_order(self, reference: str, *, lock: bool = False) -> Any:
        return super().find_order(reference.strip(), lock=lock)


class FindsByOtherLetters(Sound):
    def find_order(self, reference: str, *, lock: bool = False) -> Any:
        return Order.objects.filter(reference__iexact=reference).first()


class FailsOnWhatIsNoKey(Sound):
    def find_order(self, reference: str, *, lock: bool = False) -> Any:
        return super().find_order(reference, lock=lock) if len(reference) < 99 else int("x")


class FindsNothing(Sound):
    def find_order(self, reference: str, *, lock: bool = False) -> Any:
        return None


class LocksNothing(Sound):
    def find_order(self, reference: str, *, lock: bool = False) -> Any:
        return super().find_order(reference)


class SavesNothing(Sound):
    def write_state(self, order: Model, state: OrderState, **_instant: Any) -> None: ...


class ChangesTheTotal(Sound):
    def write_state(self, order: Any, state: OrderState, **instant: Any) -> None:
        super().write_state(order, state, **instant)
        Order.objects.update(total=0)


class FailsOnTheSecondWrite(Sound):
    def write_state(self, order: Any, state: OrderState, **instant: Any) -> None:
        if order.status == state.value != "pending":
            raise ValueError(state)
        super().write_state(order, state, **instant)


class ShowsEverybody(Sound):
    def may_view(self, user: Any, order: Any) -> bool:
        return True


class ShowsNobody(Sound):
    def may_view(self, user: Any, order: Any) -> bool:
        return False


class AsksAnybodyForAnAddress(Sound):
    def may_view(self, user: Any, order: Any) -> bool:
        return super().may_view(user, order) or bool(user.email)


class NeverChanges(Sound):
    def orders_changed_since(self, since: Any) -> Any:
        return []


class AlwaysChanges(Sound):
    def orders_changed_since(self, since: Any) -> Any:
        return Order.objects.all()


class TellsPaidOrdersTwice(Sound):
    def paid_orders(self, **window: Any) -> Any:
        return [paid for paid in super().paid_orders(**window) for _ in range(2)]


class TellsTheNewestFirst(Sound):
    def paid_orders(self, **window: Any) -> Any:
        return reversed(list(super().paid_orders(**window)))


class TellsNothingOfTheEnd(Sound):
    def paid_orders(self, *, since: Any, until: Any) -> Any:
        return super().paid_orders(since=since, until=timezone.now() + timedelta(days=9))


class KeepsTheInstantOfItsMaking(Sound):
    updated_at = "created_at"


def taking(**changes: Any) -> type[ModelShop]:
    def stock_lines(self: Sound, order: Any) -> list[StockLine]:
        return [replace(line, **changes) for line in Sound.stock_lines(self, order)]

    return type("Mistaken", (Sound,), {"stock_lines": stock_lines})


FOUND = "test_an_order_is_found_by_the_reference_that_describe_gives"
NOT_FOUND = "test_a_reference_that_no_order_has_finds_nothing"
ADDS_UP = "test_amounts_are_whole_minor_units_and_add_up"
WORDS = "test_an_order_is_described_in_our_words"
STOCK = "test_stock_lines_name_rows_that_are_there"
WRITES = "test_every_state_can_be_written_again_and_changes_no_amount"
SEEN = "test_only_its_owner_may_see_an_order"
PAID = "test_paid_orders_are_told_once_and_the_oldest_first"
CHANGED = "test_changed_orders_are_told"
MISTAKES = [
    (FOUND, FindsNothing),
    (NOT_FOUND, FindsAnything),
    (NOT_FOUND, FindsByAnythingLike),
    (NOT_FOUND, FindsByOtherLetters),
    (NOT_FOUND, FailsOnWhatIsNoKey),
    ("test_a_reference_fits_into_an_address_and_into_stripe", describing(reference="a/b")),
    ("test_a_reference_fits_into_an_address_and_into_stripe", describing(reference="x" * 201)),
    (ADDS_UP, describing(total_minor=1901)),
    (ADDS_UP, describing(total_minor=1900.0)),
    (ADDS_UP, describing(tax_minor=1)),
    (ADDS_UP, describing(shipping_minor=-1)),
    (WORDS, describing(currency="GBP")),
    (WORDS, describing(lines=())),
    (WORDS, describing(user_id=7)),
    (STOCK, taking(pk=-1)),
    (STOCK, taking(field="name")),
    (STOCK, taking(quantity=0)),
    (STOCK, taking(line_key="other")),
    (WRITES, ChangesTheTotal),
    (WRITES, FailsOnTheSecondWrite),
    ("test_a_written_state_is_saved", SavesNothing),
    (SEEN, ShowsEverybody),
    (SEEN, ShowsNobody),
    (SEEN, AsksAnybodyForAnAddress),
    (CHANGED, NeverChanges),
    (CHANGED, AlwaysChanges),
    (CHANGED, KeepsTheInstantOfItsMaking),
    (PAID, TellsPaidOrdersTwice),
    (PAID, TellsTheNewestFirst),
    (PAID, TellsNothingOfTheEnd),
]


@pytest.mark.parametrize("name", TESTS)
def test_a_sound_adapter_passes(name):
    result = run(name, Sound)

    assert not result.failures + result.errors, (result.failures + result.errors)[0][1]


@pytest.mark.parametrize(
    ("name", "adapter"), MISTAKES, ids=[f"{number}-{name[5:30]}" for number, (name, _) in enumerate(MISTAKES)]
)
def test_a_mistake_is_red(name, adapter):
    result = run(name, adapter)

    assert result.failures + result.errors


@postgres_only
def test_a_lock_that_is_none_is_red():
    assert run("test_a_lock_is_a_lock", LocksNothing).failures


def test_every_test_of_the_suite_has_its_mistake():
    assert {name for name, _ in MISTAKES} | {"test_a_lock_is_a_lock"} == set(TESTS)
