"""Counts of the host's: what comes in, what is corrected, what is found adrift and put right; and the reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db.models.signals import post_save

from revenue_intel.exceptions import StockChangedError, StockOversellError
from revenue_intel.quality.checks.stock import COMMITTED_ONCE, PAID_IS_COMMITTED, RECEIVED, RESERVATIONS
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import find_drift
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.rows import row_of
from revenue_intel.stock.selectors import availability, committed_by_day, low_stock, stock_outs
from tests.host.models import Bin, Product
from tests.host.revenue import Shop
from tests.stock.shelves import SOON, holds, line, make_one, make_two, movements, row

pytestmark = pytest.mark.django_db

both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])


class SavingShop(Shop):
    stock_uses_save = True


def repair(*options: str) -> str:
    said = StringIO()
    call_command("revenue_repair_stock", *options, stdout=said)
    return said.getvalue()


def change(shelf: Product | Bin, counter: int) -> None:
    """Change a counter as the host's own admin would: past us."""
    type(shelf).objects.filter(pk=shelf.pk).update(**{row(shelf).field: counter})


@both_kinds_of_host
def test_a_delivery_comes_in_once(make):
    mug = make(1)

    for _ in range(2):
        stock.receive(row=row(mug), quantity=4, key="d1")

    assert holds(mug)[0] == 5
    assert movements() == [("receive", 4, 0, 4)]


def test_a_delivery_for_a_row_that_is_gone_is_refused():
    mug = make_one(1)
    gone = row(mug)
    mug.delete()

    with pytest.raises(StockOversellError):
        stock.receive(row=gone, quantity=4, key="d1")


@both_kinds_of_host
def test_a_count_is_set_only_from_what_was_expected(make):
    mug = make(5)

    with pytest.raises(StockChangedError, match="was to hold 4 and holds 5"):
        stock.adjust(row=row(mug), expected=4, new=9, key="c1", reason="counted")
    for _ in range(2):
        stock.adjust(row=row(mug), expected=5, new=9, key="c2", reason="counted")

    assert holds(mug)[0] == 9
    assert movements() == [("adjust", 4, 0, 4)]


@both_kinds_of_host
def test_a_change_of_the_hosts_own_is_adopted_by_the_next_count(make):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 1)])
    change(mug, 7)

    stock.adjust(row=row(mug), expected=7, new=6, key="c1", reason="counted")

    assert holds(mug)[0] == 6


@pytest.mark.parametrize(("side", "ends"), [("--adopt", 7), ("--restore", 4)])
@both_kinds_of_host
def test_drift_is_settled_for_the_side_that_is_named(make, side, ends):
    mug = make(5)
    stock.commit(order_reference="R1", lines=[line(mug, 1)])
    change(mug, 7)

    assert "Nothing was changed" in repair(side, "--dry-run")
    assert len(list(find_drift())) == 1
    said = repair(side)

    assert "counter 7, movements 4" in said
    assert "1 of 1 counters repaired." in said
    assert holds(mug)[0] == ends
    assert list(find_drift()) == []


@pytest.mark.parametrize("side", ["--adopt", "--restore"])
def test_a_reserved_counter_is_always_put_back(side):
    mug = make_two(5)
    stock.reserve(order_reference="R1", lines=[line(mug, 2)], expires_at=SOON)
    Bin.objects.update(reserved=4)

    repair(side)

    assert holds(mug) == (5, 2)
    assert list(find_drift()) == []


def test_the_command_wants_to_know_which_side_is_right():
    with pytest.raises(CommandError, match="--adopt --restore is required"):
        repair()


def test_what_can_be_had_is_one_query_a_model(django_assert_num_queries):
    mugs, shelf = [make_one(n) for n in range(3)], make_two(5)
    stock.reserve(order_reference="R1", lines=[line(shelf, 2)], expires_at=SOON)
    gone = make_one(9)
    rows = [row(each) for each in (*mugs, shelf, gone)]
    gone.delete()

    with django_assert_num_queries(2):
        assert list(availability(rows).values()) == [0, 1, 2, 3, 0]


def test_the_scarcest_rows_come_first():
    make_two(9, "Many")
    few, none = make_two(3, "Few"), make_two(2, "None")
    stock.reserve(order_reference="R1", lines=[line(none, 2)], expires_at=SOON)

    assert list(low_stock(model=Bin, field="on_hand", reserved_field="reserved", at_most=3)) == [none, few]


@both_kinds_of_host
def test_the_times_without_stock_and_the_pieces_sold_a_day(make, monkeypatch):
    mug, now = make(2), datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock = iter(range(100))
    monkeypatch.setattr("revenue_intel.kit.clock.now", lambda: now + timedelta(hours=next(clock)))

    stock.commit(order_reference="R1", lines=[line(mug, 2)])
    stock.receive(row=row(mug), quantity=1, key="d1")
    stock.reserve(order_reference="R2", lines=[line(mug, 1)], expires_at=SOON)

    (out, back), (again, still) = stock_outs(row_of(row(mug)))
    assert out < back < again
    assert still is None
    sold = committed_by_day(start=now, end=now + timedelta(days=9), zone=ZoneInfo("UTC"))
    assert [list(days.values()) for days in sold.values()] == [[2]]


@both_kinds_of_host
def test_an_adapter_can_have_its_models_save_called(make, settings):
    settings.REVENUE_INTEL_SHOP = f"{__name__}.SavingShop"
    mug, saved = make(5), []

    def note(sender, instance, **_kwargs):
        saved.append(instance.pk)

    post_save.connect(note, sender=type(mug))
    try:
        stock.reserve(order_reference="R1", lines=[line(mug, 2)], expires_at=SOON)
        stock.release(order_reference="R1")
    finally:
        post_save.disconnect(note, sender=type(mug))

    assert saved == [mug.pk, mug.pk]
    assert holds(mug) == (5, 0)


def test_a_part_of_a_bundle_cannot_be_restocked():
    mug, pen = make_one(5, "Mug"), make_one(5, "Pen")
    stock.commit(order_reference="R1", lines=[line(mug, 4), line(pen, 2)])

    with pytest.raises(ValueError, match="restock the whole line"):
        stock.restock(order_reference="R1", key="re_1", lines=[("1", 1)])


def test_the_checks_find_what_is_planted():
    common = {"model": "host.product", "row": "1", "field": "stock", "recorded_at": SOON}
    for number in (1, 2):
        StockMovement.objects.create(
            key=f"k{number}",
            kind="commit",
            quantity=-1,
            pieces=1,
            order_reference="R1",
            line_key="1",
            **common,
        )
    StockReservation.objects.create(order_reference="R9", expires_at=SOON)

    assert [len(list(check.run())) for check in (RECEIVED, COMMITTED_ONCE, RESERVATIONS)] == [1, 1, 1]
    assert list(PAID_IS_COMMITTED.run()) == []
