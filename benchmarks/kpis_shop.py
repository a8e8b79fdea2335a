"""Two years of a shop's facts, made in the database itself: orders, lines, payments, refunds, people."""

from __future__ import annotations

from django.db import connection

#: The last day of the shop, and how many there are.
LAST_DAY = "2026-03-31"
DAYS = 730

STATEMENTS = """
SELECT setseed(0.42);
INSERT INTO revenue_intel_customer (key, canonical, email, name)
  SELECT k, k, '', '' FROM (SELECT md5('c' || n)::uuid AS k FROM generate_series(1, {people}) n) x;
INSERT INTO revenue_intel_orderfact (reference, customer_id, total_minor, discount_minor, tax_minor, shipping_minor,
    refunded_minor, checkout_session, created_at, paid_at, recorded_at, currency, livemode, account)
  SELECT 'R' || n, CASE WHEN random() < 0.97 THEN md5('c' || (1 + floor({people} * random() ^ 2)::int))::uuid END,
    1000 + floor(random() * 20000)::int, 0, 150, 300, CASE WHEN random() < 0.05 THEN 500 ELSE 0 END, '',
    paid - interval '4 minutes', paid, paid, CASE WHEN random() < 0.9 THEN 'gbp' ELSE 'eur' END, true, ''
  FROM (SELECT n, date_trunc('second', timestamptz '{last} 00:00+00' + interval '1 day'
        - random() * interval '{days} days' - interval '1 second') AS paid
        FROM generate_series(1, {orders}) n) x;
INSERT INTO revenue_intel_orderlinefact (order_id, line_key, product_key, product_name, variant_key, quantity,
    unit_amount_minor, amount_minor, discount_minor)
  SELECT o.id, l, p, 'Product ' || p, '', 1 + (o.id + l) % 3, 100, 100 * (1 + (o.id + l) % 3), 0
  FROM (SELECT id, l, 1 + floor(500 * random() ^ 2)::int AS p
        FROM revenue_intel_orderfact, generate_series(1, 2) l) o;
INSERT INTO revenue_intel_paymentfact (payment_intent, status, status_at, amount_minor, charge, claimed_reference,
    order_reference, stripe_customer_id, failure_code, succeeded_at, is_from_host, recorded_at, currency, livemode, account)
  SELECT 'pi_' || id, 'succeeded', paid_at, total_minor, 'ch_' || id, reference, reference, '', '', paid_at, false, paid_at, currency, livemode, account
  FROM revenue_intel_orderfact;
INSERT INTO revenue_intel_ledgerentry (key, kind, object_id, amount_minor, occurred_at, recorded_at, order_reference,
    event_id, label, currency, livemode, account)
  SELECT 'sale:' || id, 'sale', 'pi_' || id, total_minor, paid_at, paid_at, reference, '', '', currency, livemode, account
  FROM revenue_intel_orderfact;
INSERT INTO revenue_intel_ledgerentry (key, kind, object_id, amount_minor, occurred_at, recorded_at, order_reference,
    event_id, label, currency, livemode, account)
  SELECT 'refund:' || id, 'refund', 're_' || id, -refunded_minor, at, at, reference, '', '', currency, livemode, account
  FROM (SELECT *, least(paid_at + random() * interval '20 days', timestamptz '{last} 23:59+00') AS at
        FROM revenue_intel_orderfact WHERE refunded_minor > 0) x
"""


def fill(orders: int) -> None:
    """Make the facts, and let the database know how they lie."""
    with connection.cursor() as cursor:
        for statement in STATEMENTS.split(";\n"):
            cursor.execute(statement.format(orders=orders, people=orders * 2 // 5, last=LAST_DAY, days=DAYS))
        cursor.execute("VACUUM ANALYZE")
