"""Where rows are locked, read and written one by one – SQLite, and ``save()`` – nothing is written twice or over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models.signals import post_save

from revenue_intel.exceptions import StockOversellError
from revenue_intel.shop import ModelShop, StockLine
from revenue_intel.stock import locks
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import find_drift
from revenue_intel.stock.models import StockMovement
from tests.host.models import Bin, Product
from tests.stock.shelves import SOON, available, holds, line, make_one, make_two, movements, reservations, row

pytestmark = pytest.mark.django_db

both_kinds_of_host = pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])


class SavingShop(ModelShop):
    order_model = "host.Order"
    stock_uses_save = True


@pytest.fixture
def by_save(settings: Any) -> None:
    settings.REVENUE_INTEL_SHOP = f"{__name__}.SavingShop"


@pytest.fixture(params=["past save()", "by save()"])
def way(request: pytest.FixtureRequest) -> None:
    if request.param == "by save()":
        request.getfixturevalue("by_save")


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let somebody act once, after we have planned and before our rows are locked."""
    lock_rows = locks.lock_rows

    def come_between(act: Callable[[], Any]) -> None:
        def lock(rows: Any) -> locks.Locked:
            monkeypatch.setattr(locks, "lock_rows", lock_rows)
            act()
            return lock_rows(rows)

        monkeypatch.setattr(locks, "lock_rows", lock)

    return come_between


@pytest.mark.usefixtures("by_save")
@pytest.mark.parametrize("there", [2, 9], ids=["just enough", "more"])
@both_kinds_of_host
def test_an_order_that_is_committed_while_we_plan_is_committed_once(make, there, meanwhile):
    mug = make(there)
    rival: list[Any] = []
    meanwhile(lambda: rival.extend(stock.commit(order_reference="R1", lines=[line(mug, 2)])))

    assert stock.commit(order_reference="R1", lines=[line(mug, 2)]) == rival

    assert len(rival) == 1
    assert (available(mug), [kind for kind, *_ in movements()]) == (there - 2, ["commit"])


@pytest.mark.usefixtures("by_save")
@both_kinds_of_host
def test_a_row_that_somebody_else_touches_first_while_we_plan_is_opened_once(make, meanwhile):
    mug = make(5)
    meanwhile(lambda: stock.commit(order_reference="R2", lines=[line(mug, 1)]))

    stock.commit(order_reference="R1", lines=[line(mug, 2)])

    assert StockMovement.objects.get(kind="opening").quantity == 5
    assert holds(mug) == (2, 0)


@pytest.mark.usefixtures("by_save")
@both_kinds_of_host
def test_what_somebody_else_takes_while_we_plan_is_short(make, meanwhile):
    mug = make(2)
    meanwhile(lambda: stock.commit(order_reference="R2", lines=[line(mug, 1)]))

    with pytest.raises(StockOversellError) as caught:
        stock.commit(order_reference="R1", lines=[line(mug, 2)])

    assert [(short.wanted, short.available) for short in caught.value.short] == [(2, 1)]
    assert movements(order_reference="R1") == []


@both_kinds_of_host
def test_a_row_that_is_changed_under_its_lock_is_not_written_over(make, monkeypatch):
    """No database that we know lets it happen; one whose locks are none must not lose the change."""
    mug = make(5)
    lock_rows = locks.lock_rows

    def lock(rows: Any) -> locks.Locked:
        locked = lock_rows(rows)
        type(mug).objects.update(**{row(mug).field: 7})
        return locked

    monkeypatch.setattr(locks, "lock_rows", lock)

    with pytest.raises(RuntimeError, match="was changed under its lock"):
        stock.adjust(row=row(mug), expected=5, new=9, key="c1", reason="counted")

    mug.refresh_from_db()
    assert getattr(mug, row(mug).field) == 7


@pytest.mark.usefixtures("by_save")
@both_kinds_of_host
def test_only_the_counters_that_change_are_saved(make, monkeypatch):
    mug = make(5)
    saved: list[set[str]] = []
    save = type(mug).save

    def saving(self: Any, **options: Any) -> None:
        assert options["update_fields"], "save() is called, and there is nothing to save"
        save(self, **options)

    monkeypatch.setattr(type(mug), "save", saving)

    def note(sender: Any, instance: Any, update_fields: Any, **_rest: Any) -> None:
        saved.append(set(update_fields or ["everything"]))

    post_save.connect(note, sender=type(mug))
    try:
        stock.reserve(order_reference="R1", lines=[line(mug, 2)], expires_at=SOON)
        stock.commit(order_reference="R1", lines=[line(mug, 2)])
    finally:
        post_save.disconnect(note, sender=type(mug))

    assert saved == ([{"stock"}] if isinstance(mug, Product) else [{"reserved"}, {"on_hand", "reserved"}])


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("call", ["commit", "release", "expire"])
def test_a_reserved_counter_that_the_host_has_emptied_stays_at_nothing(call):
    mug = make_two(5)
    stock.reserve(order_reference="R1", lines=[line(mug, 2)], expires_at=SOON)
    Bin.objects.update(reserved=0)

    more: dict[str, Any] = {"commit": {"lines": [line(mug, 2)]}, "release": {}, "expire": {"at": SOON}}[call]
    getattr(stock, call)(order_reference="R1", **more)

    assert holds(mug) == (3 if call == "commit" else 5, 0)
    assert (list(find_drift()), reservations()) == ([], {})


@pytest.mark.usefixtures("way")
def test_what_an_order_holds_and_is_not_there_any_more_is_short():
    mug = make_two(5)
    stock.reserve(order_reference="R1", lines=[line(mug, 3)], expires_at=SOON)
    Bin.objects.update(on_hand=1)

    with pytest.raises(StockOversellError) as caught:
        stock.commit(order_reference="R1", lines=[line(mug, 3)])

    assert [(short.wanted, short.available) for short in caught.value.short] == [(3, 1)]
    assert movements(kind="commit") == []


@pytest.mark.usefixtures("way")
def test_where_more_is_spoken_for_than_there_is_nothing_can_be_had():
    mug = make_two(5)
    stock.reserve(order_reference="R1", lines=[line(mug, 5)], expires_at=SOON)
    Bin.objects.update(on_hand=2)

    with pytest.raises(StockOversellError) as caught:
        stock.reserve(order_reference="R2", lines=[line(mug, 1)], expires_at=SOON)

    assert [(short.wanted, short.available) for short in caught.value.short] == [(1, 0)]


@pytest.mark.usefixtures("way")
def test_what_an_order_holds_of_a_row_that_is_gone_is_given_back_in_the_ledger_alone():
    mug, pen = make_one(5, "Mug"), make_one(5, "Pen")
    stock.reserve(order_reference="R1", lines=[line(mug, 2, "1"), line(pen, 1, "2")], expires_at=SOON)
    mug.delete()

    stock.release(order_reference="R1")

    assert (available(pen), reservations()) == (5, {})
    assert [(kind, pieces) for kind, *_, pieces in movements(kind="release")] == [
        ("release", 2),
        ("release", 1),
    ]


@pytest.mark.usefixtures("way")
@both_kinds_of_host
def test_an_order_whose_only_row_is_gone_gives_back_what_it_held(make):
    mug = make(5)
    stock.reserve(order_reference="R1", lines=[line(mug, 2)], expires_at=SOON)
    mug.delete()

    stock.release(order_reference="R1")

    assert ([kind for kind, *_ in movements()], reservations()) == (["reserve", "release"], {})


@pytest.mark.usefixtures("way")
def test_rows_of_one_model_that_count_in_different_fields_move_each_in_its_own():
    here, there = make_two(5, "Here"), make_two(0, "There")
    Bin.objects.filter(pk=there.pk).update(reserved=7)
    lines = [
        StockLine(model=Bin, pk=shelf.pk, field=field, line_key=field, quantity=2)
        for shelf, field in ((here, "on_hand"), (there, "reserved"))
    ]

    for reference in ("R1", "R2"):
        stock.commit(order_reference=reference, lines=lines)

    assert list(Bin.objects.order_by("pk").values_list("on_hand", "reserved")) == [(1, 0), (0, 3)]
    assert list(find_drift()) == []
