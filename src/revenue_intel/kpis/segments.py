"""RFM: how recently, how often and for how much people bought, each in quintiles (K12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from revenue_intel.facts.models import Customer, OrderFact
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.databases import analytics_connection
from revenue_intel.kpis.known import table_known_at
from revenue_intel.kpis.local_days import LocalDays
from revenue_intel.kpis.questions import Scope


@dataclass(frozen=True, kw_only=True)
class RfmRow:
    """The people with these three scores, 1 to 5, 5 the best; ``net_minor`` is what they brought in all."""

    recency: int
    frequency: int
    monetary: int
    people: int
    net_minor: int


def read_rfm(
    *, scope: Scope, last_day: date, zone: ZoneInfo, known_at: datetime | None = None
) -> list[RfmRow]:
    """Return the segments of everybody who ever paid, as of the end of ``last_day``; the best first.

    Recency is the local day of the last order, frequency the number of orders, monetary their totals less
    what was refunded. A score is 1 + ⌊5 × people strictly worse ÷ people⌋: equal people score alike, and
    where many are equal, quintiles are not of one size. ``known_at`` hides what was recorded later. Time grows
    with the orders.
    """
    connection = analytics_connection()
    end = Window(days=1, last_day=last_day, zone=zone).end
    days = LocalDays(vendor=connection.vendor, zone=zone, first=date(last_day.year - 3, 1, 1), last=last_day)
    quote, adapt = connection.ops.quote_name, connection.ops.adapt_datetimefield_value
    orders, people = (table_known_at(model, known_at, quote=quote) for model in (OrderFact, Customer))
    arguments = {**scope.filters, "end": adapt(end)}
    if known_at is not None:
        arguments["known_at"] = adapt(known_at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH person AS (
              SELECT c.canonical, {days.number("MAX(o.paid_at)")} AS last_day, COUNT(*) AS n,
                     SUM(o.total_minor - o.refunded_minor) AS net
              FROM {orders} o JOIN {people} c ON c.key = o.customer_id
              WHERE o.currency = %(currency)s AND o.livemode = %(livemode)s AND o.account = %(account)s
                AND o.paid_at < %(end)s
              GROUP BY c.canonical
            ), scored AS (
              SELECT net, 1 + 5 * (RANK() OVER (ORDER BY last_day) - 1) / COUNT(*) OVER () AS r,
                     1 + 5 * (RANK() OVER (ORDER BY n) - 1) / COUNT(*) OVER () AS f,
                     1 + 5 * (RANK() OVER (ORDER BY net) - 1) / COUNT(*) OVER () AS m
              FROM person
            )
            SELECT r, f, m, COUNT(*), SUM(net) FROM scored GROUP BY r, f, m ORDER BY r DESC, f DESC, m DESC
            """,  # noqa: S608 - names of our own tables
            arguments,
        )
        return [
            RfmRow(recency=r, frequency=f, monetary=m, people=count, net_minor=int(net))
            for r, f, m, count, net in cursor.fetchall()
        ]
