"""MRR over time: the waterfall closes exactly, and churn is of those who were there (KPI contract K16–K18)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue_intel.facts.identity import identify
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.questions import Scope
from revenue_intel.kpis.retention import Retention, measure_retention
from revenue_intel.kpis.subscription_history import Kind, movements, read_changes, read_mrr
from revenue_intel.testing import subscriptions
from tests.billing import DAY, HOUR, MARCH, item, subscribed
from tests.deliveries import deliver
from tests.kpis.made_changes import change

UTC_ZONE = ZoneInfo("UTC")
#: 2026-03-01 to 2026-03-31, both included.
WINDOW = Window(days=31, last_day=date(2026, 3, 31), zone=UTC_ZONE)
GBP = Scope(currency="gbp", livemode=False, account="")
FEBRUARY = MARCH - 20 * DAY


def retention(*changes, window: Window = WINDOW) -> Retention:
    return measure_retention(list(changes), window)


def kinds(*changes) -> list[tuple[Kind, int]]:
    return [(movement.kind, movement.minor) for movement in movements(changes, WINDOW)]


def test_ten_active_ten_join_five_of_the_old_leave():
    old = [change(FEBRUARY, n, 1000) for n in range(10)]
    joined = [change(MARCH + DAY, 10 + n, 1000) for n in range(10)]
    left = [change(MARCH + 2 * DAY, n, -1000) for n in range(5)]

    found = retention(*old, *joined, *left)

    assert (found.customer_churn, found.stripe_churn) == (Decimal(50), Decimal(25))
    assert (found.customers_start, found.customers_end, found.customers_joined) == (10, 15, 10)


def test_each_kind_of_movement():
    before = [change(FEBRUARY, n, 1000) for n in range(3)]
    gone_and_back = [change(FEBRUARY, 4, 700), change(FEBRUARY + DAY, 4, -700)]

    found = kinds(
        *before,
        *gone_and_back,
        change(MARCH + 1 * DAY, 0, 500),
        change(MARCH + 2 * DAY, 1, -400),
        change(MARCH + 3 * DAY, 2, -1000),
        change(MARCH + 4 * DAY, 3, 900),
        change(MARCH + 5 * DAY, 4, 800),
    )

    assert found == [
        (Kind.EXPANSION, 500),
        (Kind.CONTRACTION, -400),
        (Kind.CHURN, -1000),
        (Kind.NEW, 900),
        (Kind.REACTIVATION, 800),
    ]


def test_losing_one_of_several_subscriptions_is_contraction():
    assert kinds(change(FEBRUARY, 1, 1000), change(FEBRUARY, 1, 500), change(MARCH, 1, -500)) == [
        (Kind.CONTRACTION, -500)
    ]


def test_what_comes_and_goes_in_a_day_is_one_movement_or_none():
    assert kinds(change(MARCH, 1, 1000), change(MARCH + HOUR, 1, -400)) == [(Kind.NEW, 600)]
    assert kinds(change(MARCH, 1, 1000), change(MARCH + HOUR, 1, -1000)) == []


def test_the_end_of_a_window_belongs_to_the_next_one():
    end = change(MARCH + 31 * DAY, 1, 1000)

    assert retention(end).mrr_end == 0
    following = Window(days=30, last_day=date(2026, 4, 30), zone=UTC_ZONE)
    assert retention(end, window=following).moved[Kind.NEW] == 1000


def test_revenue_churn_and_retention_are_of_the_start():
    found = retention(
        *(change(FEBRUARY, n, 1000) for n in range(4)),
        change(MARCH, 0, -1000),
        change(MARCH, 1, -500),
        change(MARCH, 2, 250),
        change(MARCH, 9, 2000),
    )

    assert (found.gross_revenue_churn, found.net_revenue_churn) == (Decimal("37.50"), Decimal("31.25"))
    assert (found.gross_revenue_retention, found.net_revenue_retention) == (
        Decimal("62.50"),
        Decimal("68.75"),
    )
    assert found.quick_ratio == Decimal("1.50")
    assert found.arpa_minor == 1188  # 4750 over 4 customers


def test_without_anybody_there_is_nothing_to_divide_by():
    found = retention()

    assert (found.customer_churn, found.stripe_churn, found.gross_revenue_churn) == (None, None, None)
    assert (found.net_revenue_retention, found.arpa_minor, found.quick_ratio) == (None, None, None)


moves = st.tuples(st.integers(-25, 40), st.integers(0, 4), st.integers(0, 5000))


@given(told=st.lists(moves, max_size=60), days=st.sampled_from([1, 7, 30]))
def test_start_plus_movements_is_end_exactly(told, days):
    levels: dict[int, int] = {}
    changes = []
    for day, customer, level in sorted(told):
        changes.append(change(MARCH + day * DAY + HOUR, customer, level - levels.get(customer, 0)))
        levels[customer] = level
    window = Window(days=days, last_day=date(2026, 3, 20), zone=ZoneInfo("Europe/London"))

    found = measure_retention(changes, window)

    assert found.mrr_start + sum(found.moved.values()) == found.mrr_end
    assert found.customer_churn is None or 0 <= found.customer_churn <= 100
    assert found.stripe_churn is None or 0 <= found.stripe_churn <= 100
    for movement in movements(changes, window):
        assert (movement.minor > 0) == (movement.kind in {Kind.NEW, Kind.EXPANSION, Kind.REACTIVATION})


def tell(*told) -> None:
    for event in told:
        assert deliver(event).json() == {"outcome": "applied"}


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


@pytest.mark.django_db
def test_it_is_read_from_the_history_and_never_from_today():
    tell(
        subscribed("created", item(1000, 2), at=FEBRUARY, status="trialing"),
        subscribed("updated", item(1000, 2), at=MARCH + DAY),
        subscribed("updated", item(1000, 3), at=MARCH + 2 * DAY),
        subscribed("deleted", item(1000, 3), at=MARCH + 9 * DAY),
    )

    changes = read_changes(GBP, before=WINDOW.end)

    assert [(each.at, each.minor) for each in changes] == [
        (moment(MARCH + DAY), 2000),
        (moment(MARCH + 2 * DAY), 1000),
        (moment(MARCH + 9 * DAY), -3000),
    ]
    assert read_mrr(GBP, at=moment(MARCH + 3 * DAY)).minor == 3000
    assert read_mrr(GBP, at=WINDOW.end).minor == 0


@pytest.mark.django_db
def test_a_cancel_at_period_end_counts_until_the_period_ends():
    tell(
        subscribed("created", at=MARCH),
        subscribed("updated", at=MARCH + DAY, cancel_at_period_end=True, canceled_at=MARCH + DAY),
        subscribed("deleted", at=MARCH + 9 * DAY + 60, ended_at=MARCH + 9 * DAY, canceled_at=MARCH + DAY),
    )

    assert [each.at for each in read_changes(GBP, before=WINDOW.end)] == [
        moment(MARCH),
        moment(MARCH + 9 * DAY),
    ]


@pytest.mark.django_db
def test_what_has_ended_is_not_revived_by_a_stray_state_after_it():
    tell(
        subscribed("created"),
        subscribed("deleted", at=MARCH + DAY),
        subscribed("updated", at=MARCH + 2 * DAY),
    )

    assert read_mrr(GBP, at=WINDOW.end).minor == 0
    assert read_mrr(GBP, at=moment(MARCH + DAY)).minor == 1000


@pytest.mark.django_db
def test_the_doubts_are_told_with_the_number():
    bare = ["di_1"]
    tell(
        subscribed("created", item(1000), item(500, None, usage_type="metered"), discounts=bare),
        subscribed("created", item(700), subscription="sub_2", has_more=True),
        subscribed(
            "created", subscription="sub_3", pause_collection={"behavior": "void", "resumes_at": None}
        ),
        subscribed("created", subscription="sub_4", status="trialing"),
    )

    found = read_mrr(GBP, at=WINDOW.end)

    assert (found.policy, found.minor, found.paused_minor) == (DiscountPolicy.FOREVER_ONLY, 2700, 1000)
    assert (found.subscriptions, found.excluded_items) == (3, 1)
    assert (found.unknown_discounts, found.truncated_subscriptions) == (1, 1)


@pytest.mark.django_db
def test_a_discount_that_ends_between_two_states_moves_mrr_on_that_day():
    coupon = subscriptions.coupon(id="HALF", percent_off=50, duration="repeating")
    discount = subscriptions.discount(id="di_1", coupon=coupon, end=MARCH + 5 * DAY)
    tell(subscribed("created", discounts=[discount]))

    changes = read_changes(GBP, before=WINDOW.end, policy=DiscountPolicy.ALL_ACTIVE)

    assert [(each.at, each.minor) for each in changes] == [
        (moment(MARCH), 500),
        (moment(MARCH + 5 * DAY), 500),
    ]
    assert read_mrr(GBP, at=moment(MARCH + 5 * DAY), policy=DiscountPolicy.ALL_ACTIVE).minor == 500


@pytest.mark.django_db
def test_modes_currencies_and_accounts_are_never_added_up():
    tell(
        subscribed("created"),
        subscribed("created", item(1, currency="eur"), subscription="sub_2", currency="eur"),
        subscribed("created", subscription="sub_3", livemode=True),
        subscribed("created", subscription="sub_4", account="acct_1"),
    )

    assert read_mrr(GBP, at=WINDOW.end).minor == 1000


@pytest.mark.django_db
def test_two_names_of_one_person_are_one_customer():
    tell(
        subscribed("created", customer="cus_1"), subscribed("created", subscription="sub_2", customer="cus_2")
    )
    identify(user_id="7", stripe_customer_id="cus_1")
    identify(user_id="7", stripe_customer_id="cus_2")

    found = measure_retention(read_changes(GBP, before=WINDOW.end), WINDOW)

    assert (found.customers_end, found.mrr_end, found.arpa_minor) == (1, 2000, 2000)


@pytest.mark.django_db
def test_what_was_recorded_later_can_be_hidden():
    tell(subscribed("created"))

    long_ago = moment(MARCH) - timedelta(days=1)

    assert read_changes(GBP, before=WINDOW.end, known_at=long_ago) == []
    assert read_mrr(GBP, at=WINDOW.end, known_at=long_ago).minor == 0
