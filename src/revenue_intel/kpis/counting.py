"""Work out days from the facts. The one place that does: the rollups keep its answers, and the live days are them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from revenue_intel.kit.periods import Window
from revenue_intel.kpis.bookings import read_balance, read_disputes, read_given_back
from revenue_intel.kpis.databases import analytics_alias
from revenue_intel.kpis.fact_queries import Day
from revenue_intel.kpis.fact_queries import FactQueries as _Facts
from revenue_intel.kpis.lags import LONGEST_WINDOW, counts_of, refunded_steps
from revenue_intel.kpis.local_days import number_of
from revenue_intel.kpis.pasts import past_of_buyers
from revenue_intel.kpis.questions import Scope

#: Numbers that add up over days, as they are.
PLAIN: Final = (
    "orders", "revenue_minor", "tax_minor", "shipping_minor", "discount_minor", "units", "unsplit_orders",
    "unidentified_orders", "seconds_to_pay", "cohort_refunds_minor", "refunds_minor",
    "payments_succeeded", "payments_failed", "disputes_minor", "disputes_opened", "credited_minor",
    "fees_minor", "net_cash_minor",
)  # fmt: skip
#: Numbers of different people or orders, which add up by lag.
BY_LAG: Final = ("buyers", "first_two", "newcomers", "refunded_orders")


@dataclass(kw_only=True)
class DayCount:
    """The numbers of one day: ``plain`` by name, and the counts by lag of each of ``BY_LAG``."""

    plain: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PLAIN, 0))
    by_lag: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in BY_LAG})


def count_days(
    scopes: Sequence[Scope],
    *,
    first: date,
    last: date,
    zone: ZoneInfo,
    longest: int = LONGEST_WINDOW,
    using: str = "",
    known_at: datetime | None = None,
) -> dict[str, dict[int, DayCount]]:
    """Return the numbers of every day from ``first`` to ``last``, by currency and day number, from the facts alone.

    The scopes are of one mode and account. Counting them together takes little longer than one of them: each
    customer's past is looked at in all its currencies anyway.

    ``longest`` is the longest window, in days, that the counts by lag must answer; ``using`` the database,
    the one for analytics where empty; ``known_at`` asks what was known then.
    """
    window = Window(days=(last - first).days + 1, last_day=last, zone=zone)
    numbers = range(number_of(first), number_of(last) + 1)
    found = {(scope.currency, number): DayCount() for scope in scopes for number in numbers}
    facts = _Facts(scopes, window, longest=longest, using=using or analytics_alias(), known_at=known_at)
    for read in (read_orders, read_refunds, read_payments, read_given_back, read_disputes, read_balance):
        for day, plain in read(facts):
            found[day].plain.update(plain)
    for name, steps in {**read_people(facts), **read_refunded_orders(facts)}.items():
        for day, by_lag in steps.items():
            found[day].by_lag[name] = counts_of(by_lag, longest=longest)
    return {scope.currency: {number: found[scope.currency, number] for number in numbers} for scope in scopes}


def read_orders(facts: _Facts) -> Iterator[tuple[Day, dict[str, int]]]:
    """Yield what was sold, by the day it was paid.

    An order's discount is that of its lines and its own, which counts once where the lines already hold it:
    where they come to the order's total without it. The lines are added up once: each of several processes that
    share the work would else do it for itself.
    """
    names = (
        "orders", "revenue_minor", "tax_minor", "shipping_minor", "cohort_refunds_minor", "discount_minor",
        "units", "unsplit_orders", "unidentified_orders", "seconds_to_pay",
    )  # fmt: skip
    for row in facts.rows(
        """
        WITH sold AS (
          SELECT o.id, o.currency, o.customer_id, o.total_minor, o.discount_minor, o.tax_minor, o.shipping_minor,
                 o.refunded_minor, {day} AS day, {paid} - {created} AS seconds
          FROM {orders} o WHERE {scope} AND {within}
        ), split AS MATERIALIZED (
          SELECT l.order_id, SUM(l.quantity) AS units, CAST(SUM(l.amount_minor) AS bigint) AS amount,
                 CAST(SUM(l.discount_minor) AS bigint) AS discount
          FROM {lines} l {narrowed} GROUP BY l.order_id
        )
        SELECT currency, day, COUNT(*), SUM(total_minor), SUM(tax_minor), SUM(shipping_minor), SUM(refunded_minor),
               SUM(COALESCE(discount, 0) + CASE
                 WHEN amount IN (total_minor - shipping_minor, total_minor - shipping_minor - tax_minor) THEN 0
                 ELSE discount_minor END),
               SUM(COALESCE(units, 0)), COUNT(*) - COUNT(order_id), COUNT(*) - COUNT(customer_id), SUM(seconds)
        FROM sold LEFT JOIN split ON split.order_id = sold.id GROUP BY currency, day
        """,
        narrowed="" if facts.is_long else "WHERE l.order_id IN (SELECT id FROM sold)",
        day=facts.day("o.paid_at"),
        paid=facts.seconds("o.paid_at"),
        created=facts.seconds("o.created_at"),
        scope=facts.scope("o"),
        within=facts.within("o.paid_at"),
    ):
        yield row[:2], dict(zip(names, map(int, row[2:]), strict=True))


def read_refunds(facts: _Facts) -> Iterator[tuple[Day, dict[str, int]]]:
    """Yield what went back, by the day of the refund; one that failed is given back on the day it failed."""
    for currency, number, amount in facts.rows(
        """
        SELECT e.currency, {day} AS day, SUM(e.amount_minor) FROM {ledger} e
        WHERE e.kind IN ('refund', 'refund_reversal') AND {scope} AND {within} GROUP BY 1, 2
        """,
        day=facts.day("e.occurred_at"),
        scope=facts.scope("e"),
        within=facts.within("e.occurred_at"),
    ):
        yield (currency, number), {"refunds_minor": -int(amount)}


def read_payments(facts: _Facts) -> Iterator[tuple[Day, dict[str, int]]]:
    """Yield how many payments succeeded, and how many failed last and never succeeded, by day."""
    for name, column, condition in (
        ("payments_succeeded", "p.succeeded_at", "p.succeeded_at IS NOT NULL"),
        ("payments_failed", "p.failed_at", "p.failed_at IS NOT NULL AND p.succeeded_at IS NULL"),
    ):
        for currency, number, count in facts.rows(
            """
            SELECT p.currency, {day} AS day, COUNT(*) FROM {payments} p
            WHERE {condition} AND {scope} AND {within} GROUP BY 1, 2
            """,
            day=facts.day(column),
            condition=condition,
            scope=facts.scope("p"),
            within=facts.within(column),
        ):
            yield (currency, number), {name: count}


def read_people(facts: _Facts) -> Mapping[str, dict[Day, dict[int, int]]]:
    """Return, by name and day, how the counts of people change by lag.

    ``gap`` is how long ago the person's last order in this currency was, ``gap_two`` the one before;
    ``age`` how long ago their very first in any currency, for the first in this one. Lags beyond any window are out.
    """
    steps: dict[str, dict[Day, dict[int, int]]] = {
        name: defaultdict(lambda: defaultdict(int)) for name in ("buyers", "first_two", "newcomers")
    }
    for name, currency, number, lag, count in facts.rows(
        """
        WITH {past}, gaps AS (
          SELECT currency, paid_at, day, day - LAG(day) OVER own AS gap, day - LAG(day, 2) OVER own AS gap_two,
                 day - MIN(day) OVER (PARTITION BY person) AS age
          FROM past WINDOW own AS (PARTITION BY person, currency ORDER BY paid_at, id)
        ), ours AS (
          SELECT currency, day, gap IS NULL AS is_first, age,
                 CASE WHEN gap < %(longest)s THEN gap END AS gap,
                 CASE WHEN gap_two < %(longest)s THEN gap_two END AS gap_two
          FROM gaps WHERE {of_currencies} AND {within}
        )
        SELECT 'buyers', currency, day, gap, COUNT(*) FROM ours GROUP BY currency, day, gap
        UNION ALL SELECT 'first_two', currency, day, gap_two, COUNT(*) FROM ours GROUP BY currency, day, gap_two
        UNION ALL SELECT 'newcomers', currency, day, age, COUNT(*) FROM ours
          WHERE is_first AND age < %(longest)s GROUP BY currency, day, age
        """,
        past=past_of_buyers(facts),
        of_currencies=facts.of_currencies("currency"),
        within=facts.within("paid_at"),
    ):
        of_day = steps[name][currency, number]
        if name == "newcomers":
            of_day[lag] += count
        else:
            of_day[0] += count
            if lag is not None:
                of_day[lag] -= count
    return steps


def read_refunded_orders(facts: _Facts) -> Mapping[str, dict[Day, dict[int, int]]]:
    """Return, by day, how the count of orders to which money went back changes by lag."""
    by_order: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for currency, reference, number, amount in facts.rows(
        """
        SELECT e.currency, e.order_reference, {day} AS day, SUM(e.amount_minor) FROM {ledger} e
        WHERE e.kind IN ('refund', 'refund_reversal') AND {scope} AND e.occurred_at < %(end)s
          AND e.order_reference IN (
            SELECT i.order_reference FROM {ledger} i
            WHERE i.kind IN ('refund', 'refund_reversal') AND i.order_reference <> '' AND {inner} AND {within}
          )
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """,
        day=facts.day("e.occurred_at"),
        scope=facts.scope("e"),
        inner=facts.scope("i"),
        within=facts.within("i.occurred_at"),
    ):
        by_order[currency, reference].append((number, int(amount)))
    first = facts.first_number
    found: dict[Day, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for (currency, _), events in by_order.items():
        for number, steps in refunded_steps(events).items():
            if number >= first:
                for lag, step in steps.items():
                    found[currency, number][lag] += step
    return {"refunded_orders": found}
