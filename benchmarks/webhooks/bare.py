"""What a payment and a refund do, by hand: as few statements as can keep the promises, in SQL that knows this one shop.

Verified bytes, one claim that locks the order, one statement with all effects, one COMMIT. The client looks at what the
effects came to before it commits; where they do not fit, a real endpoint would go back and do it the long way: this one
answers 500. It knows the tables of the host, sends no signals, takes no adapter, and knows nobody who was forgotten.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from benchmarks.webhooks.events import SECRET
from revenue_intel.exceptions import SignatureError
from revenue_intel.gateway import signatures

TOLERANCE_SECONDS = 300
_EVENT: Final = """
WITH event AS (
  INSERT INTO revenue_intel_stripeevent AS e (source, event_id, type, api_version, livemode, account, created_at,
    received_at, body, body_sha256, outcome, reason, waiting_for, processed_at, failures)
  VALUES ('default', $1, $2, $3, $4, '', $5, $6, $7, $8, 'applied', '', '', $6, 0)
  ON CONFLICT (source, event_id) DO UPDATE SET deliveries = e.deliveries + 1 RETURNING deliveries
), wanted AS ({wanted}), o AS MATERIALIZED (
  SELECT id, email FROM host_order
  WHERE reference = (SELECT reference FROM wanted) AND (SELECT deliveries FROM event) = 1 FOR UPDATE
)"""
#: The order's e-mail address is locked with it: nobody else makes its customer. What follows sees what was committed.
CLAIM_PAYMENT: Final = (
    _EVENT.format(wanted="SELECT $9::text AS reference")
    + """
SELECT deliveries, (SELECT pg_advisory_xact_lock(hashtextextended('revenue_intel:email:' || lower(btrim(email)), 0)) FROM o)
FROM event"""
)
CLAIM_REFUND: Final = (
    _EVENT.format(
        wanted="SELECT order_reference AS reference FROM revenue_intel_paymentfact WHERE payment_intent = $9"
    )
    + " SELECT deliveries, (SELECT id FROM o) FROM event"
)
#: payment, reference, amount, currency, live?, instant, charge, event, now, a new customer's key
SETTLE: Final = """
WITH o AS MATERIALIZED (
  SELECT id, email, lower(btrim(email)) AS name, created_at FROM host_order
  WHERE reference = $2 AND currency = $4 AND total * 100 = $3
), lines AS MATERIALIZED (
  SELECT l.*, row_number() OVER (ORDER BY l.product_id, l.id) AS n FROM o JOIN host_orderline l ON l.order_id = o.id
), wanted AS MATERIALIZED (
  SELECT product_id, sum(quantity) AS pieces FROM lines GROUP BY product_id
), locked AS MATERIALIZED (
  SELECT p.id, p.stock, w.pieces FROM wanted w JOIN host_product p ON p.id = w.product_id
  ORDER BY p.id FOR NO KEY UPDATE OF p
), payment AS (
  INSERT INTO revenue_intel_paymentfact (payment_intent, status, status_at, amount_minor, charge, claimed_reference,
    order_reference, stripe_customer_id, failure_code, succeeded_at, is_from_host, currency, livemode, account, recorded_at)
  SELECT $1, 'succeeded', $6, $3, $7, $2, $2, '', '', $6, false, $4, $5, '', $9 FROM o
  WHERE (SELECT count(*) = (SELECT count(*) FROM wanted) AND bool_and(stock >= pieces) FROM locked)
    AND NOT EXISTS (SELECT 1 FROM revenue_intel_orderfact WHERE reference = $2)
  ON CONFLICT DO NOTHING RETURNING payment_intent
), opened AS (
  INSERT INTO revenue_intel_stockmovement (key, kind, model, "row", field, reserved_field, quantity, held, pieces,
    order_reference, line_key, cause, event_id, recorded_at)
  SELECT 'opening:host.product:' || l.id || ':stock', 'opening', 'host.product', l.id, 'stock', '', l.stock, 0, 0,
    '', '', '', '', $9 FROM locked l, payment
  WHERE NOT EXISTS (
    SELECT 1 FROM revenue_intel_stockmovement WHERE key = 'opening:host.product:' || l.id || ':stock')
), moved AS (
  INSERT INTO revenue_intel_stockmovement (key, kind, model, "row", field, reserved_field, quantity, held, pieces,
    order_reference, line_key, cause, event_id, recorded_at)
  SELECT 'order:' || $2 || ':' || l.n, 'commit', 'host.product', l.product_id, 'stock', '', -l.quantity, 0, l.quantity,
    $2, l.id, '', $8, $9 FROM lines l, payment
), shelf AS (
  UPDATE host_product p SET stock = l.stock - l.pieces FROM locked l, payment WHERE p.id = l.id
), known AS MATERIALIZED (
  SELECT k.customer_id AS key FROM o JOIN revenue_intel_customerlink k ON k.kind = 'email' AND k.value = o.name
), made AS (
  INSERT INTO revenue_intel_customer (key, canonical, email, name)
  SELECT $10::uuid, $10::uuid, o.email, '' FROM o, payment WHERE NOT EXISTS (SELECT 1 FROM known) RETURNING key
), linked AS (
  INSERT INTO revenue_intel_customerlink (kind, value, customer_id, recorded_at)
  SELECT 'email', o.name, made.key, $9 FROM o, made
), fact AS (
  INSERT INTO revenue_intel_orderfact (reference, customer_id, total_minor, discount_minor, tax_minor, shipping_minor,
    refunded_minor, checkout_session, created_at, paid_at, currency, livemode, account, recorded_at)
  SELECT $2, coalesce((SELECT key FROM known), (SELECT key FROM made)), $3, 0, 0, 0, 0, '', o.created_at, $6, $4, $5,
    '', $9 FROM o, payment RETURNING id
), fact_lines AS (
  INSERT INTO revenue_intel_orderlinefact (order_id, line_key, product_key, product_name, variant_key, quantity,
    unit_amount_minor, amount_minor, discount_minor)
  SELECT fact.id, l.id, l.product_id, l.name, '', l.quantity, l.unit_price * 100, l.amount * 100,
    (l.unit_price * l.quantity - l.amount) * 100 FROM lines l, fact
), entry AS (
  INSERT INTO revenue_intel_ledgerentry (key, kind, object_id, amount_minor, occurred_at, recorded_at, order_reference,
    event_id, label, currency, livemode, account)
  SELECT 'sale:' || $1 || ':1', 'sale', $1, $3, $6, $9, $2, $8, '', $4, $5, '' FROM payment
), audit AS (
  INSERT INTO revenue_intel_auditevent (at, actor, action, subject, detail)
  SELECT $9, 'stripe', 'order.settled', $2,
    jsonb_build_object('state', 'paid', 'amount_minor', $3, 'currency', $4, 'livemode', $5) FROM payment
), paid AS (
  UPDATE host_order SET status = 'paid', paid_at = $6, updated_at = $9 FROM o, payment WHERE host_order.id = o.id
) SELECT count(*) FROM payment"""
#: payment, refund, amount, currency, live?, instant, charge, event, now, the charge's amount
REFUND: Final = """
WITH p AS MATERIALIZED (
  SELECT order_reference FROM revenue_intel_paymentfact
  WHERE payment_intent = $1 AND succeeded_at IS NOT NULL FOR UPDATE
), f AS MATERIALIZED (
  SELECT * FROM revenue_intel_orderfact WHERE reference = (SELECT order_reference FROM p) FOR UPDATE
), refund AS (
  INSERT INTO revenue_intel_refundfact (refund_id, payment_intent, charge, order_reference, status, amount_minor,
    created_at, is_uncaptured, currency, livemode, account)
  SELECT $2, $1, $7, f.reference, 'succeeded', $3, $6, false, $4, $5, '' FROM f
  WHERE NOT EXISTS (SELECT 1 FROM revenue_intel_balancetransactionfact
    WHERE source = $2 AND reporting_category = 'partial_capture_reversal')
  ON CONFLICT DO NOTHING RETURNING order_reference
), total AS MATERIALIZED (
  SELECT $3 + coalesce(sum(r.amount_minor), 0) AS minor FROM f JOIN revenue_intel_refundfact r
  ON r.order_reference = f.reference AND NOT r.is_uncaptured AND r.status NOT IN ('canceled', 'failed')
), entry AS (
  INSERT INTO revenue_intel_ledgerentry (key, kind, object_id, amount_minor, occurred_at, recorded_at, order_reference,
    event_id, label, currency, livemode, account)
  SELECT 'refund:' || $2 || ':1', 'refund', $2, -$3, $6, $9, order_reference, $8, '', $4, $5, '' FROM refund
), version AS (
  INSERT INTO revenue_intel_orderversion (order_id, customer_id, total_minor, discount_minor, tax_minor, shipping_minor,
    refunded_minor, created_at, paid_at, recorded_at, superseded_at, currency, livemode, account)
  SELECT f.id, customer_id, total_minor, discount_minor, tax_minor, shipping_minor, refunded_minor, created_at, paid_at,
    recorded_at, $9, f.currency, f.livemode, f.account FROM f, refund
), fact AS (
  UPDATE revenue_intel_orderfact SET refunded_minor = total.minor, recorded_at = $9 FROM f, total, refund
  WHERE revenue_intel_orderfact.id = f.id
), charge AS (
  INSERT INTO revenue_intel_chargefact (charge, payment_intent, status, amount_minor, captured_minor,
    balance_transaction, failure_code, outcome_type, outcome_reason, created_at, currency, livemode, account)
  SELECT $7, $1, 'succeeded', $10, $10, '', '', '', '', $6, $4, $5, '' FROM refund ON CONFLICT DO NOTHING
), audit AS (
  INSERT INTO revenue_intel_auditevent (at, actor, action, subject, detail)
  SELECT $9, 'stripe', 'order.refund_recorded', order_reference,
    jsonb_build_object('refund', $2, 'refunded_minor', total.minor, 'currency', $4) FROM refund, total
), told AS (
  UPDATE host_order SET status = CASE WHEN total.minor < f.total_minor THEN 'partially_refunded' ELSE 'refunded' END,
    updated_at = $9 FROM f, total, refund WHERE host_order.reference = f.reference
) SELECT count(*) FROM refund"""
_CLAIMED: Final = "text, text, text, boolean, timestamptz, timestamptz, text, text, text"
PREPARE: Final = (
    f"PREPARE claim_payment ({_CLAIMED}) AS {CLAIM_PAYMENT};"
    f"PREPARE claim_refund ({_CLAIMED}) AS {CLAIM_REFUND};"
    "PREPARE settle (text, text, bigint, text, boolean, timestamptz, text, text, timestamptz, uuid) AS "
    f"{SETTLE};"
    "PREPARE refund (text, text, bigint, text, boolean, timestamptz, text, text, timestamptz, bigint) AS "
    f"{REFUND}"
)


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    """Verify, and do all that the event says in two messages to the database."""
    body = request.body
    try:
        signatures.verify(
            body=body,
            header=request.headers.get("Stripe-Signature", ""),
            secrets=[SECRET],
            tolerance_seconds=TOLERANCE_SECONDS,
            now=int(time.time()),
        )
        event = json.loads(body)
    except (SignatureError, ValueError):
        return HttpResponse(status=400)
    now = datetime.now(tz=UTC)
    claim, effects, wanted, parameters = _read(event, now)
    connection.ensure_connection()
    _prepare(connection.connection)
    head = [event["id"], event["type"], event["api_version"], event["livemode"]]
    at = datetime.fromtimestamp(event["created"], tz=UTC)
    sent = [*head, at, now, body.decode(), hashlib.sha256(body).hexdigest(), wanted, *parameters]
    places = ", ".join(["%s"] * 9), ", ".join(["%s"] * len(parameters))
    with connection.cursor() as cursor:
        cursor.execute(f"BEGIN; EXECUTE {claim}({places[0]}); EXECUTE {effects}({places[1]})", sent)
        cursor.nextset()
        is_new = cursor.fetchone()[0] == 1
        cursor.nextset()
        is_done = cursor.fetchone()[0] == 1
        cursor.execute("COMMIT" if is_done or not is_new else "ROLLBACK")
    return HttpResponse(status=200 if is_done or not is_new else 500)


def _read(event: dict[str, Any], now: datetime) -> tuple[str, str, str, list[Any]]:
    """Return what claims an event, what its effects are, by what its order is found, and the parameters of the effects."""
    it = event["data"]["object"]
    at = datetime.fromtimestamp(event["created"], tz=UTC)
    money = [it["currency"], event["livemode"], at]
    if event["type"] == "payment_intent.succeeded":
        reference, charge = it["metadata"]["order_reference"], it["latest_charge"]
        settled = [it["id"], reference, it["amount_received"], *money, charge, event["id"], now, uuid.uuid4()]
        return "claim_payment", "settle", reference, settled
    (one,) = it["refunds"]["data"]
    intent = it["payment_intent"]
    refunded = [intent, one["id"], one["amount"], *money, it["id"], event["id"], now, it["amount"]]
    return "claim_refund", "refund", intent, refunded


def _prepare(raw: Any) -> None:
    if not getattr(raw, "is_prepared", False):
        raw.execute(PREPARE)
        raw.is_prepared = True
