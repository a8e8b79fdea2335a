"""The statements of the contestants: what a good programmer writes by hand, and the floor."""

from __future__ import annotations

SCOPE = "currency = 'gbp' AND livemode AND account = ''"

SINGLE = """
WITH o AS (SELECT customer_id AS c, total_minor, paid_at FROM {orders}
           WHERE paid_at IS NOT NULL AND {scope} AND paid_at >= '{first}' AND paid_at < '{last}'),
p AS (SELECT c, count(*) AS n FROM o WHERE c IS NOT NULL GROUP BY c),
known AS (SELECT c, n, EXISTS (SELECT 1 FROM {orders} x WHERE x.customer_id = p.c
          AND x.paid_at < '{first}' AND x.livemode AND x.account = '') AS old FROM p)
SELECT (SELECT coalesce(sum(total_minor), 0) FROM o), (SELECT count(*) FROM o),
  (SELECT coalesce(-sum(amount_minor), 0) FROM {ledger} WHERE kind IN ('refund', 'refund_reversal') AND {scope}
     AND occurred_at >= '{first}' AND occurred_at < '{last}'),
  count(*), count(*) FILTER (WHERE n > 1), count(*) FILTER (WHERE NOT old), count(*) FILTER (WHERE old) FROM known
"""
DAILY = "SELECT date(paid_at), sum(total_minor), count(*) FROM {orders} WHERE paid_at IS NOT NULL AND {scope} AND paid_at >= '{first}' AND paid_at < '{last}' GROUP BY 1"
FLOOR = """
SELECT sum(revenue_minor), sum(orders), sum(refunds_minor),
  sum(coalesce(b[least(number - %(s)s + 1, cardinality(b))], 0)),
  sum(coalesce(f[least(number - %(s)s + 1, cardinality(f))], 0) - coalesce(b[least(number - %(s)s + 1, cardinality(b))], 0)),
  sum(coalesce(n[least(number - %(s)s + 1, cardinality(n))], 0)),
  sum(coalesce(b[least(number - %(s)s + 1, cardinality(b))], 0) - coalesce(n[least(number - %(s)s + 1, cardinality(n))], 0))
FROM bench_floor WHERE number BETWEEN %(s)s AND %(e)s
"""
PLAIN_BUILD = """
CREATE TABLE bench_plain AS
WITH seq AS (SELECT c.canonical, o.currency, o.paid_at::date - date '1970-01-01' AS day, o.paid_at, o.id
  FROM revenue_intel_orderfact o JOIN revenue_intel_customer c ON c.key = o.customer_id
  WHERE o.paid_at IS NOT NULL AND o.livemode AND o.account = ''),
gaps AS (SELECT currency, day, day - lag(day) OVER own AS gap, day - lag(day, 2) OVER own AS gap_two,
  day - min(day) OVER (PARTITION BY canonical) AS age
  FROM seq WINDOW own AS (PARTITION BY canonical, currency ORDER BY paid_at, id))
SELECT currency, day, 'b' AS name, gap AS lag, count(*) AS n FROM gaps GROUP BY 1, 2, 4
UNION ALL SELECT currency, day, 'f', gap_two, count(*) FROM gaps GROUP BY 1, 2, 4
UNION ALL SELECT currency, day, 'n', age, count(*) FROM gaps WHERE gap IS NULL GROUP BY 1, 2, 4
UNION ALL SELECT currency, paid_at::date - date '1970-01-01', 'sums', 0, sum(total_minor) + sum(l.units)
  FROM revenue_intel_orderfact o JOIN (SELECT order_id, sum(quantity) AS units FROM revenue_intel_orderlinefact
  GROUP BY order_id) l ON l.order_id = o.id GROUP BY 1, 2
UNION ALL SELECT currency, occurred_at::date - date '1970-01-01', 'refunds', 0, sum(amount_minor)
  FROM revenue_intel_ledgerentry WHERE kind <> 'sale' GROUP BY 1, 2
UNION ALL SELECT currency, succeeded_at::date - date '1970-01-01', 'payments', 0, count(*)
  FROM revenue_intel_paymentfact GROUP BY 1, 2
"""
ARRAYS = """
CREATE TABLE bench_floor AS SELECT number, orders, revenue_minor, refunds_minor,
  string_to_array(trim(regexp_replace(buyers_by_lag, ' +', ' ', 'g')), ' ')::int[] AS b,
  string_to_array(trim(regexp_replace(first_two_by_lag, ' +', ' ', 'g')), ' ')::int[] AS f,
  string_to_array(trim(regexp_replace(newcomers_by_lag, ' +', ' ', 'g')), ' ')::int[] AS n
FROM revenue_intel_dayrollup WHERE currency = 'gbp'
"""
