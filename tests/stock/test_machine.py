"""Whatever is called, in whatever order and however often, the ledger and the counters tell the same story."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from revenue_intel.exceptions import StockChangedError, StockOversellError
from revenue_intel.quality.checks.stock import COMMITTED_ONCE, DRIFT, NEGATIVE, RECEIVED, RESERVATIONS
from revenue_intel.stock import services as stock
from revenue_intel.stock.selectors import availability
from tests.stock.shelves import LATER, SOON, line, make_one, make_two, row

ORDERS = ["R1", "R2", "R3"]
orders = st.sampled_from(ORDERS)
pieces = st.integers(0, 4)
places = st.integers(0, 2)
wanted = st.lists(st.tuples(places, pieces, st.booleans()), min_size=1, max_size=3)


class Stock(RuleBasedStateMachine):
    """A shop of three rows, and a model of it that is nothing but additions."""

    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(stocks=st.tuples(*[st.integers(0, 8)] * 3))
    def open_shop(self, stocks):
        self.rows: list[Any] = [make_one(stocks[0]), make_two(stocks[1]), make_one(stocks[2])]
        self.free = Counter(dict(enumerate(stocks)))
        self.held: dict[str, Counter[tuple[str, int]]] = {order: Counter() for order in ORDERS}
        self.taken: dict[str, Counter[tuple[str, int]]] = {order: Counter() for order in ORDERS}
        self.done: dict[str, set[str]] = {order: set() for order in ORDERS}
        self.keys: set[tuple[str, str]] = set()

    def lines(self, asked):
        return [
            line(self.rows[n], quantity, str(key), preorder=preorder)
            for key, (n, quantity, preorder) in enumerate(asked)
        ]

    def shares(self, order, asked):
        return Counter(
            {
                (str(key), n): quantity
                for key, (n, quantity, preorder) in enumerate(asked)
                if not preorder and str(key) not in self.done[order]
            }
        )

    def fits(self, order, shares):
        """Say whether what is wanted is there: what the order holds and does not need is free as well."""
        need: Counter[int] = Counter()
        for share in {*shares, *self.held[order]}:
            need[share[1]] += shares[share] - self.held[order][share]
        return all(need[n] <= self.free[n] for n in need if need[n] > 0)

    def settle(self, order, shares):
        for share in {*shares, *self.held[order]}:
            self.free[share[1]] += self.held[order][share] - shares[share]

    @rule(order=orders, asked=wanted)
    def reserve(self, order, asked):
        shares = self.shares(order, asked)
        fits = self.fits(order, shares)
        try:
            stock.reserve(order_reference=order, lines=self.lines(asked), expires_at=SOON)
        except StockOversellError:
            assert not fits
            return
        assert fits
        self.settle(order, shares)
        self.held[order] = +shares

    @rule(order=orders, asked=wanted)
    def commit(self, order, asked):
        shares = self.shares(order, asked)
        fits = self.fits(order, shares)
        try:
            stock.commit(order_reference=order, lines=self.lines(asked))
        except StockOversellError:
            assert not fits
            return
        assert fits
        self.settle(order, shares)
        self.held[order] = Counter()
        self.taken[order] += shares
        self.done[order] |= {str(key) for key in range(len(asked))}

    @rule(order=orders, expire=st.booleans())
    def give_back(self, order, expire):
        if expire:
            stock.expire(order_reference=order, at=LATER)
        else:
            stock.release(order_reference=order)
        self.settle(order, Counter())
        self.held[order] = Counter()

    @rule(order=orders, key=st.sampled_from(["re_1", "re_2", "cancel"]), part=st.none() | pieces)
    def restock(self, order, key, part):
        lines = None if part is None else [("0", part)]
        moved = stock.restock(order_reference=order, key=key, lines=lines)
        if (order, key) in self.keys:
            return
        if moved:
            self.keys.add((order, key))
        for share, quantity in list(self.taken[order].items()):
            back = quantity if part is None else min(quantity, part) if share[0] == "0" else 0
            self.taken[order][share] -= back
            self.free[share[1]] += back

    @rule(place=places, quantity=pieces, key=st.sampled_from(["d1", "d2", "d3"]))
    def receive(self, place, quantity, key):
        stock.receive(row=row(self.rows[place]), quantity=quantity, key=key)
        if ("", key) not in self.keys:
            self.keys.add(("", key))
            self.free[place] += quantity

    @rule(place=places, new=st.integers(0, 9), off=st.integers(0, 1))
    def count(self, place, new, off):
        shelf = self.rows[place]
        shelf.refresh_from_db()
        name = row(shelf).field
        now = getattr(shelf, name)
        held = sum(order[key] for order in self.held.values() for key in order if key[1] == place)
        new += held if row(shelf).reserved_field else 0
        key = f"count{len(self.keys)}"
        self.keys.add(("count", key))
        try:
            stock.adjust(row=row(shelf), expected=now + off, new=new, key=key, reason="counted")
        except StockChangedError:
            assert off
            return
        assert not off
        self.free[place] += new - now

    @invariant()
    def the_counters_are_what_the_model_says(self):
        if not hasattr(self, "rows"):
            return
        found = availability([row(shelf) for shelf in self.rows])
        assert list(found.values()) == [self.free[n] for n in range(3)]

    @rule()
    def look(self):
        for check in (DRIFT, NEGATIVE, RECEIVED, COMMITTED_ONCE, RESERVATIONS):
            assert list(check.run()) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_the_ledger_and_the_counters_tell_one_story():
    run_state_machine_as_test(
        Stock,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            phases=[Phase.generate],  # to shrink takes minutes, and a failure has twenty steps at most
        ),
    )
