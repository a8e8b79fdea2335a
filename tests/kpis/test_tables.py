"""Products, cohorts, segments and the funnel: tables rather than single numbers, each equal to a recount."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.cohorts import read_cohorts
from revenue_intel.kpis.funnel import find_recorded_steps, read_funnel
from revenue_intel.kpis.products import read_products
from revenue_intel.kpis.questions import Scope, ask
from revenue_intel.kpis.segments import read_rfm
from revenue_intel.kpis.service import compute
from tests.factories_facts import paid, person, refunded, wished

GBP = Scope(currency="gbp", livemode=False, account="")
LONDON = ZoneInfo("Europe/London")
AS_OF = date(2026, 3, 30)


def best(**options):
    return list(read_products(ask(days=30, as_of=AS_OF), **options))


@pytest.mark.django_db
def test_best_sellers_break_ties_by_key_and_keep_their_latest_name():
    paid(
        30_00,
        on="2026-03-10",
        lines=[("b", "Bowl", 1, 10_00), ("a", "Axe", 1, 10_00), ("c", "Cup", 5, 10_00)],
    )
    paid(1_00, on="2026-03-11", lines=[("c", "Cup, blue", 1, 1_00)])
    paid(9_00, on="2026-03-11", lines=[("a", "Axe", 9, 9_00)], currency="jpy")
    paid(9_00, on="2026-01-11", lines=[("a", "Old axe", 9, 9_00)])

    assert [(row.product_key, row.name, row.units, row.revenue_minor) for row in best()] == [
        ("c", "Cup, blue", 6, 11_00),
        ("a", "Axe", 1, 10_00),
        ("b", "Bowl", 1, 10_00),
    ]
    assert [row.product_key for row in best(by="units", limit=2)] == ["c", "a"]


@pytest.mark.django_db
def test_pieces_of_orders_refunded_in_full_are_counted_apart():
    whole = paid(10_00, on="2026-03-10", lines=[("a", "Axe", 2, 10_00)])
    part = paid(10_00, on="2026-03-10", lines=[("a", "Axe", 3, 10_00)])
    refunded(whole, 10_00, on="2026-03-12")
    refunded(part, 9_99, on="2026-03-12")

    (row,) = best()

    assert (row.units, row.refunded_units, row.revenue_minor) == (5, 2, 20_00)


@pytest.mark.django_db
def test_retention_and_lifetime_value_of_a_cohort():
    ada, eve, old = person(), person(), person()
    paid(10_00, on="2026-01-05", by=ada)
    paid(10_00, on="2026-01-06", by=ada)
    back = paid(30_00, on="2026-03-05", by=ada)
    refunded(back, 5_00, on="2026-03-06")
    paid(20_00, on="2026-01-31T23:59:59+00:00", by=eve)
    paid(1_00, on="2025-12-31", by=old)
    paid(1_00, on="2026-02-01", by=old)
    paid(9_00, on="2026-02-01")

    january, february, march = read_cohorts(ask(days=30, as_of=AS_OF, zone=LONDON), months=3)

    assert (january.month, january.people, january.ltv_minor) == (date(2026, 1, 1), 2, 32_50)
    assert [(cell.retained, cell.retained_pct, cell.net_minor) for cell in january.cells] == [
        (2, Decimal("100.00"), 40_00),
        (0, Decimal("0.00"), 0),
        (1, Decimal("50.00"), 25_00),
    ]
    assert [cell.partial for cell in january.cells] == [False, False, True]
    assert (february.people, february.ltv_minor) == (0, None)
    assert [cell.retained for cell in march.cells] == [0, None, None]


@pytest.mark.django_db
def test_a_month_that_has_ended_is_not_partial():
    (march,) = read_cohorts(ask(days=30, as_of=date(2026, 3, 31), zone=LONDON), months=1)

    assert not march.cells[0].partial


@pytest.mark.parametrize("months", [0, -1, 37, 10**9])
def test_a_triangle_of_no_size_is_refused(months):
    with pytest.raises(InvalidWindowError, match="months"):
        read_cohorts(ask(days=30, as_of=AS_OF, zone=LONDON), months=months)


@pytest.mark.django_db
def test_equal_people_score_alike():
    for day in ("2026-03-01", "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"):
        paid(10_00, on=day, by=person())

    rows = read_rfm(scope=GBP, last_day=AS_OF, zone=LONDON)

    assert [(row.recency, row.frequency, row.monetary, row.people) for row in rows] == [
        (5, 1, 1, 1),
        (4, 1, 1, 1),
        (3, 1, 1, 1),
        (1, 1, 1, 2),
    ]


@pytest.mark.django_db
def test_the_closed_funnel_never_widens_and_leaves_out_what_nobody_records():
    ada, eve, bob, joe = person(), person(), person(), person()
    wished(ada, on="2026-03-01")
    wished(ada, on="2026-03-02", step="checkout_started")
    paid(10_00, on="2026-03-03", by=ada)
    wished(eve, on="2026-03-05")
    wished(eve, on="2026-03-04", step="checkout_started")
    paid(10_00, on="2026-03-06", by=eve)
    wished(bob, on="2026-03-05")
    paid(10_00, on="2026-03-06", by=joe)

    rows = read_funnel(Window(days=30, last_day=AS_OF, zone=LONDON), GBP, find_recorded_steps())

    assert [(row.step, row.people, row.of_previous_pct, row.of_first_pct) for row in rows] == [
        ("wishlisted", 3, None, Decimal("100.00")),
        ("checkout_started", 1, Decimal("33.33"), Decimal("33.33")),
        ("purchased", 1, Decimal("100.00"), Decimal("33.33")),
    ]
    assert compute(days=30, as_of=AS_OF).value("funnel_conversion_pct") == Decimal("33.33")
    assert compute(days=30, as_of=AS_OF).value("purchased_users") == 3


@pytest.mark.django_db
def test_without_steps_there_is_no_funnel():
    paid(10_00, on="2026-03-06", by=person())

    assert read_funnel(Window(days=30, last_day=AS_OF, zone=LONDON), GBP, find_recorded_steps()) == []


orders = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.builds(
            lambda hours: datetime(2025, 12, 30, 23, 30, tzinfo=UTC) + timedelta(hours=hours),
            st.integers(0, 2000),
        ),
        st.integers(100, 105),
    ),
    max_size=12,
)


class TablesOracle(TestCase):
    """A class, because Hypothesis then clears the database between examples."""

    @settings(max_examples=30)
    @given(orders=orders, zone=st.sampled_from([LONDON, ZoneInfo("America/New_York")]))
    def test_cohorts_and_segments_equal_a_recount(self, orders, zone):
        people = [person() for _ in range(5)]
        for who, instant, total in orders:
            paid(total, on=instant, by=people[who])
        known = [(who, instant.astimezone(zone).date(), total) for who, instant, total in orders]
        known = [each for each in known if each[1] <= AS_OF]

        cohorts = read_cohorts(ask(days=30, as_of=AS_OF, zone=zone), months=4)
        segments = read_rfm(scope=GBP, last_day=AS_OF, zone=zone)

        first = {}
        for who, day, _ in sorted(known, key=lambda each: each[1]):
            first.setdefault(who, (day.year, day.month))
        active = {(who, day.year, day.month) for who, day, _ in known}
        for n, cohort in enumerate(cohorts):
            members = [
                who for who, month in first.items() if month == (cohort.month.year, cohort.month.month)
            ]
            assert cohort.people == len(members)
            for k, later in enumerate(cohorts[n:]):
                expected = sum((who, later.month.year, later.month.month) in active for who in members)
                assert cohort.cells[k].retained == expected
        assert Counter(
            {(row.recency, row.frequency, row.monetary): row.people for row in segments}
        ) == self.scores(known)

    def scores(self, known):
        facts = defaultdict(lambda: [date.min, 0, 0])
        for who, day, total in known:
            mine = facts[who]
            facts[who] = [max(mine[0], day), mine[1] + 1, mine[2] + total]
        return Counter(
            tuple(1 + 5 * sum(other[n] < mine[n] for other in facts.values()) // len(facts) for n in range(3))
            for mine in facts.values()
        )
