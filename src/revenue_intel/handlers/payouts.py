"""Payouts: money on its way to the bank. No sale and no cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts.models import PayoutFact
from revenue_intel.facts.services import record_payout
from revenue_intel.handlers import balance_transactions, fields
from revenue_intel.webhooks.registry import Event, Handler, Result, applied


def changed(event: Event) -> Result:
    """Say how one payout stands."""
    record_payout(_read(event))
    for key in ("balance_transaction", "failure_balance_transaction"):
        balance_transactions.take_expanded(event.object, event, key=key)
    return applied()


HANDLERS: Final[Mapping[str, Handler]] = dict.fromkeys(
    (
        "payout.canceled",
        "payout.created",
        "payout.failed",
        "payout.paid",
        "payout.reconciliation_completed",
        "payout.updated",
    ),
    changed,
)


def _read(event: Event) -> PayoutFact:
    payout = event.object
    status = fields.text(payout, "status")
    if status not in PayoutFact.Status.values:
        raise UnsupportedShapeError(f"A payout has the unknown status {status!r:.40}.")
    return PayoutFact(
        payout_id=fields.required_id(payout),
        status=status,
        amount_minor=fields.signed_minor(payout, "amount"),
        currency=fields.currency(payout),
        livemode=event.livemode,
        account=event.account,
        automatic=fields.flag(payout, "automatic"),
        # Shapes before 2022-10 do not say it; then what is paid is taken to be complete.
        is_reconciled=fields.text(payout, "reconciliation_status") == "completed"
        if "reconciliation_status" in payout
        else status == PayoutFact.Status.PAID,
        balance_transaction=fields.id_of(payout, "balance_transaction"),
        failure_balance_transaction=fields.id_of(payout, "failure_balance_transaction"),
        failure_code=fields.text(payout, "failure_code"),
        created_at=fields.timestamp(payout, "created"),
        arrives_at=fields.timestamp(payout, "arrival_date"),
    )
