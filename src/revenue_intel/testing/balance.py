"""The payloads of an account's balance: balance transactions, disputes, payouts.

Import from :mod:`revenue_intel.testing.events`, which offers all factories in one place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from revenue_intel.testing.payloads import CREATED, Payload, ids, nulls

#: Reporting category → the ``type`` that a balance transaction of it has.
_TYPES: Final = {
    "dispute": "adjustment",
    "dispute_reversal": "adjustment",
    "fee": "stripe_fee",
    "partial_capture_reversal": "refund",
    "other_adjustment": "adjustment",
}


def balance_transaction(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    amount: int = 2500,
    fee: int = 0,
    currency: str = "gbp",
    reporting_category: str = "charge",
    source: str | None = None,
    created: int = CREATED,
    exchange_rate: float | None = None,
    status: str = "pending",
    **fields: Any,
) -> Payload:
    """Build a balance transaction, in the currency of settlement; ``net`` follows from amount and fee."""
    stripe_fee = {"amount": fee, "application": None, "currency": currency, "type": "stripe_fee"}
    return {
        "id": id or ids.new("balance_transaction"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created + 2 * 24 * 60 * 60,
        "balance_type": "payments",
        "created": created,
        "currency": currency,
        "description": None,
        "exchange_rate": exchange_rate,
        "fee": fee,
        "fee_details": [{**stripe_fee, "description": "Stripe processing fees"}] if fee else [],
        "net": amount - fee,
        "reporting_category": reporting_category,
        "source": source,
        "status": status,
        "type": _TYPES.get(reporting_category, reporting_category),
        **fields,
    }


_EVIDENCE: Final = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure "
    "cancellation_rebuttal customer_communication customer_email_address customer_name "
    "customer_purchase_ip customer_signature duplicate_charge_documentation "
    "duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy "
    "refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
    "shipping_address shipping_carrier shipping_date shipping_documentation "
    "shipping_tracking_number uncategorized_file uncategorized_text"
)


def dispute(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    amount: int = 2500,
    currency: str = "gbp",
    status: str = "needs_response",
    charge: str | None = None,
    payment_intent: str | None = None,
    balance_transactions: Sequence[Mapping[str, Any]] = (),
    reason: str = "fraudulent",
    created: int = CREATED,
    metadata: Mapping[str, str] | None = None,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a dispute, or an inquiry where ``status`` begins with ``warning_``."""
    is_inquiry = status.startswith("warning_")
    submissions = {"has_evidence": False, "past_due": False, "submission_count": 0}
    card = {"brand": "visa", "network_reason_code": "10.4"}
    return {
        "id": id or ids.new("dispute"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [dict(each) for each in balance_transactions],
        "charge": charge or ids.new("charge"),
        "created": created,
        "currency": currency,
        "enhanced_eligibility_types": [],
        "evidence": {**nulls(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {**submissions, "due_by": created + 7 * 24 * 60 * 60, "enhanced_eligibility": {}},
        "is_charge_refundable": is_inquiry,
        "livemode": livemode,
        "metadata": dict(metadata or {}),
        "payment_intent": payment_intent,
        "payment_method_details": {
            "card": {**card, "case_type": "inquiry" if is_inquiry else "chargeback"},
            "type": "card",
        },
        "reason": reason,
        "status": status,
        **fields,
    }


def payout(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    amount: int = 2500,
    currency: str = "gbp",
    status: str = "paid",
    automatic: bool = True,
    balance_transaction: str | None = None,
    created: int = CREATED,
    metadata: Mapping[str, str] | None = None,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a payout to the shop's bank."""
    failed = status == "failed"
    known = "completed" if status == "paid" else "in_progress"
    return {
        **nulls("application_fee application_fee_amount original_payout payout_method reversed_by"),
        **nulls("statement_descriptor"),
        "id": id or ids.new("payout"),
        "object": "payout",
        "amount": amount,
        "arrival_date": created + 2 * 24 * 60 * 60,
        "automatic": automatic,
        "balance_transaction": balance_transaction or ids.new("balance_transaction"),
        "created": created,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": ids.new("bank_account"),
        "failure_balance_transaction": ids.new("balance_transaction") if failed else None,
        "failure_code": "account_closed" if failed else None,
        "failure_message": "The bank account has been closed." if failed else None,
        "livemode": livemode,
        "metadata": dict(metadata or {}),
        "method": "standard",
        "reconciliation_status": known if automatic else "not_applicable",
        "source_type": "card",
        "status": status,
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
        **fields,
    }
