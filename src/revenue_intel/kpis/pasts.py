"""The orders that tell how long ago a customer bought before: their whole past, or the few of it that say all."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.fact_queries import FactQueries

#: Whose an order is: its customer, or whom that one turned out to be. Most are themselves: only the others are looked up.
PERSON: Final = "COALESCE(j.canonical, o.customer_id)"
BY_PERSON: Final = "LEFT JOIN {people} j ON j.key = o.customer_id AND NOT (j.key = j.canonical)"
#: Every order of everybody, or of those who bought in the window.
WHOLE: Final = """
who AS (
  SELECT DISTINCT {person} AS person FROM {orders} o {by_person}
  WHERE {scope} AND o.customer_id IS NOT NULL AND {within}
), past AS (
  SELECT {person} AS person, o.currency, o.paid_at, o.id, {day} AS day FROM {orders} o {by_person}
  WHERE {mode} AND o.customer_id IS NOT NULL AND o.paid_at < %(end)s {narrowed}
)"""
#: The orders of the window; of each person in it the last two before it in the same currency, under each of their
#: keys; and of a key without any, its very first in whatever currency, which only tells its age and stands under none.
LAST_TWO: Final = """
bought AS (
  SELECT {person} AS person, o.currency, o.paid_at, o.id FROM {orders} o {by_person}
  WHERE {scope} AND o.customer_id IS NOT NULL AND {within}
), who AS (
  SELECT DISTINCT person, currency FROM bought ORDER BY person, currency
), keys AS (
  SELECT person, currency, person AS key FROM who
  UNION ALL SELECT w.person, w.currency, j.key FROM who w JOIN {people} j ON j.canonical = w.person
  WHERE NOT (j.key = j.canonical)
), ends AS (
  SELECT k.person, k.currency, k.key,
         ({earlier} ORDER BY o.paid_at DESC LIMIT 1) AS latest,
         ({earlier} ORDER BY o.paid_at DESC LIMIT 1 OFFSET 1) AS next_latest
  FROM keys k
), found AS (
  SELECT person, currency, paid_at, id FROM bought
  UNION ALL SELECT person, currency, latest, 0 FROM ends WHERE latest IS NOT NULL
  UNION ALL SELECT person, currency, next_latest, 0 FROM ends WHERE next_latest IS NOT NULL
  UNION ALL SELECT person, '', ({first}), 0 FROM ends k WHERE latest IS NULL
), past AS (
  SELECT person, currency, paid_at, id, {day_found} AS day FROM found
)"""


def past_of_buyers(facts: FactQueries) -> str:
    """Return the tables before ``gaps``, the last of which is ``past``.

    Each customer's past is looked up by index where that is short work: over a long time nearly everybody bought,
    and what was known at an instant has no index.
    """
    mode = facts.scope("o", currency=False)
    of_key = facts.sql("SELECT o.paid_at FROM {orders} o WHERE o.customer_id = k.key AND {mode}", mode=mode)
    return facts.sql(
        WHOLE if facts.is_long or facts.is_known_at else LAST_TWO,
        person=PERSON,
        by_person=facts.sql(BY_PERSON),
        scope=facts.scope("o"),
        mode=mode,
        within=facts.within("o.paid_at"),
        day=facts.day("o.paid_at"),
        day_found=facts.day("paid_at"),
        # Not the bare column: SQLite would take the index of everybody's orders in that currency.
        earlier=f"{of_key} AND o.currency || '' = k.currency AND o.paid_at < %(start)s",
        first=f"{of_key} AND o.paid_at < %(end)s ORDER BY o.paid_at LIMIT 1",
        narrowed="" if facts.is_long else f"AND {PERSON} IN (SELECT person FROM who)",  # noqa: S608
    )
