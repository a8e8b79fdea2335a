"""Two years of a shop's facts, made in the database itself: orders, lines, payments, refunds, people.

They lie in the order in which a shop writes them down: by the instant of the order. The same statements on PostgreSQL
and on SQLite, which is lent the functions that it lacks.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

#: The last day of the shop, and how many there are.
LAST_DAY = date(2026, 3, 31)
DAYS = 730
SEED = 0.42

NUMBERS = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"
STATEMENTS = {
    "people": f"""
INSERT INTO revenue_intel_customer (key, canonical, email, name)
  {NUMBERS.format(count="{people}")}, x AS MATERIALIZED (SELECT {{person}} AS k FROM s)
  SELECT k, k, '', '' FROM x""",
    "orders": f"""
INSERT INTO revenue_intel_orderfact (reference, customer_id, total_minor, discount_minor, tax_minor, shipping_minor,
    refunded_minor, checkout_session, created_at, paid_at, recorded_at, currency, livemode, account)
  {NUMBERS.format(count="{orders}")}, x AS MATERIALIZED (
    SELECT n, CAST(floor({{end}} - 1 - random() * {{days}} * 86400) AS bigint) AS paid FROM s
  ), y AS MATERIALIZED (
    SELECT x.n AS number, 1 + CAST(floor({{people}} * power(random(), 2)) AS bigint) AS n, paid,
      random() < 0.97 AS is_known, CAST(floor(random() * 20000) AS bigint) AS amount, random() < 0.05 AS is_refunded,
      random() < 0.9 AS is_pounds FROM x
  )
  SELECT 'R' || number, CASE WHEN is_known THEN {{person}} END, 1000 + amount, 0, 150, 300,
    CASE WHEN is_refunded THEN 500 ELSE 0 END, '', to_timestamp(paid - 240), to_timestamp(paid), to_timestamp(paid),
    CASE WHEN is_pounds THEN 'gbp' ELSE 'eur' END, true, '' FROM y ORDER BY paid""",
    "lines": """
INSERT INTO revenue_intel_orderlinefact (order_id, line_key, product_key, product_name, variant_key, quantity,
    unit_amount_minor, amount_minor, discount_minor)
  WITH o AS MATERIALIZED (
    SELECT id, l, 1 + CAST(floor(500 * power(random(), 2)) AS bigint) AS p
    FROM revenue_intel_orderfact CROSS JOIN (SELECT 1 AS l UNION ALL SELECT 2) x
  )
  SELECT id, l, p, 'Product ' || p, '', 1 + (id + l) % 3, 100, 100 * (1 + (id + l) % 3), 0 FROM o
  ORDER BY id, l""",
    "payments": """
INSERT INTO revenue_intel_paymentfact (payment_intent, status, status_at, amount_minor, charge, claimed_reference,
    order_reference, stripe_customer_id, failure_code, succeeded_at, is_from_host, recorded_at, currency, livemode, account)
  SELECT 'pi_' || id, 'succeeded', paid_at, total_minor, 'ch_' || id, reference, reference, '', '', paid_at, false,
    paid_at, currency, livemode, account
  FROM revenue_intel_orderfact ORDER BY id""",
    "sales": """
INSERT INTO revenue_intel_ledgerentry (key, kind, object_id, amount_minor, occurred_at, recorded_at, order_reference,
    event_id, label, currency, livemode, account)
  SELECT 'sale:' || id, 'sale', 'pi_' || id, total_minor, paid_at, paid_at, reference, '', '', currency, livemode, account
  FROM revenue_intel_orderfact ORDER BY id""",
    "refunds": """
INSERT INTO revenue_intel_ledgerentry (key, kind, object_id, amount_minor, occurred_at, recorded_at, order_reference,
    event_id, label, currency, livemode, account)
  WITH x AS MATERIALIZED (
    SELECT id, refunded_minor, reference, currency, livemode, account,
      least({paid} + CAST(floor(random() * 20 * 86400) AS bigint), {end} - 60) AS at
    FROM revenue_intel_orderfact WHERE refunded_minor > 0
  )
  SELECT 'refund:' || id, 'refund', 're_' || id, -refunded_minor, to_timestamp(at), to_timestamp(at), reference, '', '',
    currency, livemode, account FROM x ORDER BY at""",
}


def fill(orders: int, *, say: Callable[[str], Any] = print) -> None:
    """Make the facts, and let PostgreSQL know how they lie, as its autovacuum would."""
    is_postgres = connection.vendor == "postgresql"
    end = datetime.combine(LAST_DAY + timedelta(days=1), time(), tzinfo=UTC)
    parts = {
        "orders": orders,
        "people": max(orders * 2 // 5, 1),
        "end": int(end.timestamp()),
        "days": DAYS,
        "person": "CAST(md5('c' || n) AS uuid)" if is_postgres else "md5('c' || n)",
        "paid": "CAST(EXTRACT(EPOCH FROM paid_at) AS bigint)"
        if is_postgres
        else "CAST(strftime('%s', paid_at) AS bigint)",
    }
    with transaction.atomic(), connection.cursor() as cursor:  # a shop is there whole, or not at all
        if is_postgres:
            cursor.execute(f"SELECT setseed({SEED})")
            # What is made here fits together: nothing is looked up for it, and indexes are made in one go.
            cursor.execute("SET LOCAL session_replication_role = replica")
            indexes = drop_indexes(cursor)
        else:
            lend_functions(connection.connection)
            indexes = []
        for name, statement in STATEMENTS.items():
            say(f"making {name}")
            cursor.execute(statement.format(**parts))
        say("making indexes")
        for index in indexes:
            cursor.execute(index)
    if is_postgres:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")


def drop_indexes(cursor: Any) -> list[str]:
    """Drop the indexes of PostgreSQL's that only make reading quicker, and return what makes them again."""
    cursor.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid::regclass::text LIKE 'revenue_intel_%' AND NOT indisunique
        """
    )
    found: list[tuple[str, str]] = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f"DROP INDEX {name}")
    return [definition for _, definition in found]


def lend_functions(raw: Any) -> None:
    """Give an SQLite connection the functions of PostgreSQL's that the statements use."""
    chance = random.Random(SEED)
    for name, count, function in (
        ("random", 0, chance.random),
        ("power", 2, pow),
        ("floor", 1, math.floor),
        ("least", 2, min),
        ("md5", 1, lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()),
        ("to_timestamp", 1, lambda second: datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M:%S")),
    ):
        raw.create_function(name, count, function)
