"""What an order holds is guessed before it is looked up: a right guess saves statements, a wrong one changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from revenue_intel.exceptions import StockOversellError
from revenue_intel.shop import ModelShop
from revenue_intel.stock import carrying
from revenue_intel.stock import services as stock
from tests.stock.shelves import LATER, SOON, holds, line, make_one, make_two, movements, reservations
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db

both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])


class SavingShop(ModelShop):
    """Its stock is planned from what is there, and never guessed."""

    order_model = "host.Order"
    stock_uses_save = True


def hold(reference: str, *lines: Any, until: Any = SOON) -> None:
    stock.reserve(order_reference=reference, lines=lines, expires_at=until)


def in_turn(*steps: Callable[[str, Any, Any], Any]) -> Callable[[str, Any, Any], None]:
    def tell(reference: str, mug: Any, pen: Any) -> None:
        for step in steps:
            step(reference, mug, pen)

    return tell


def reserve(pieces: int, *, key: str = "1", until: Any = SOON) -> Callable[[str, Any, Any], None]:
    return lambda reference, mug, _pen: hold(reference, line(mug, pieces, key), until=until)


def give_back(reference: str, _mug: Any, _pen: Any) -> None:
    stock.release(order_reference=reference)


def pay(reference: str, mug: Any, _pen: Any) -> None:
    stock.commit(order_reference=reference, lines=[line(mug, 2)])


HISTORIES: dict[str, Callable[[str, Any, Any], Any]] = {
    "nothing": in_turn(),
    "what it wants": reserve(2),
    "more": reserve(3),
    "less": reserve(1),
    "another row": lambda reference, _mug, pen: hold(reference, line(pen, 2)),
    "another line": reserve(2, key="2"),
    "for longer": in_turn(reserve(2), reserve(2, until=LATER)),
    "a row more": lambda reference, mug, pen: hold(reference, line(mug, 2), line(pen, 1, "2")),
    "what it gave back": in_turn(reserve(2), give_back),
    "again what it gave back": in_turn(reserve(2), give_back, reserve(2)),
    "what it took": pay,
    "what it held and took": in_turn(reserve(2), pay),
}


@both_kinds_of_host
@pytest.mark.parametrize("had_held", [False, True], ids=["nothing was held before", "it was held before"])
@pytest.mark.parametrize("story", list(HISTORIES))
def test_whatever_is_guessed_an_order_takes_what_it_would_without(
    make, had_held, story, monkeypatch, settings
):
    monkeypatch.setattr(carrying.memory, "had_held", had_held)
    ends = []
    for reference, shop in (("R1", ""), ("S1", f"{__name__}.SavingShop")):
        mug, pen = make(5, "Mug"), make(5, "Pen")
        hold("opened", line(mug, 1, reference), line(pen, 1, f"{reference}p"))
        settings.REVENUE_INTEL_SHOP = shop
        HISTORIES[story](reference, mug, pen)

        first = stock.commit(order_reference=reference, lines=[line(mug, 2)])

        assert stock.commit(order_reference=reference, lines=[line(mug, 2)]) == first
        assert reference not in reservations()
        ends.append((movements(order_reference=reference), len(first), holds(mug), holds(pen)))
    assert ends[0] == ends[1]


@both_kinds_of_host
def test_a_guess_does_not_take_what_is_held_and_not_there(make, monkeypatch):
    monkeypatch.setattr(carrying.memory, "had_held", True)
    mug = make(2)
    hold("R1", line(mug, 2))

    with pytest.raises(StockOversellError):
        stock.commit(order_reference="R2", lines=[line(mug, 1)])

    assert movements(order_reference="R2") == []


@postgres_only
@pytest.mark.django_db(transaction=True)
@both_kinds_of_host
@pytest.mark.parametrize("had_held", [False, True], ids=["nothing was held before", "it was held before"])
def test_an_order_that_is_committed_again_waits_for_no_other_and_locks_nothing(make, had_held, monkeypatch):
    monkeypatch.setattr(carrying.memory, "had_held", had_held)
    mug = make(5)
    if had_held:
        hold("R1", line(mug, 2))
    first = stock.commit(order_reference="R1", lines=[line(mug, 2)])

    def commit_again() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        return stock.commit(order_reference="R1", lines=[line(mug, 2)])

    with transaction.atomic():
        type(mug).objects.select_for_update().get(pk=mug.pk)
        assert on_a_connection_of_its_own(commit_again) == [first]


def statements(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


@postgres_only
@both_kinds_of_host
def test_orders_of_one_kind_take_one_statement_each_and_the_first_of_another_kind_three(make):
    mug = make(100)
    for number in range(5):
        hold(f"R{number}", line(mug, 1))
    commit = partial(stock.commit, lines=[line(mug, 1)])
    carrying.memory.had_held = False

    plain = [statements(partial(commit, order_reference=f"P{number}")) for number in range(2)]
    held = [statements(partial(commit, order_reference=f"R{number}")) for number in range(3)]
    reserved = statements(partial(hold, "S", line(mug, 1)))
    after = [statements(partial(commit, order_reference="R3"))]
    again = [statements(partial(commit, order_reference=f"P{number}")) for number in (2, 3)]

    assert (plain, held, reserved, after, again) == ([1, 1], [3, 1, 1], 1, [1], [3, 1])
