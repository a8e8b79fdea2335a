"""Disputes and credit notes: what was taken back other than by a refund (K2, K5)."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis.base import Asked, Kpi, Unit, Value, percentage
from revenue_intel.kpis.bookings import read_disputes, read_given_back


def disputes_net(asked: Asked) -> Value:
    """Subtract what was reinstated from what was withdrawn."""
    return asked.totals.disputes_minor


def credit_notes(asked: Asked) -> Value:
    """Add up what was given back outside Stripe, less the notes that were voided."""
    return asked.totals.credited_minor


def disputes_opened(asked: Asked) -> Value:
    """Count the disputes."""
    return asked.totals.disputes_opened


def dispute_rate_pct(asked: Asked) -> Value:
    """Divide."""
    return percentage(asked["disputes_opened"], asked.totals.payments_succeeded)


KPIS: Final = (
    Kpi(
        slug="disputes_net",
        name="Lost to disputes",
        unit=Unit.MONEY,
        formula="What Stripe withdrew for disputes in the window, less what it reinstated in it.",
        code=disputes_net,
        through=(read_given_back,),
        sources=("LedgerEntry of kind dispute and dispute_reversal, by occurred_at",),
        since="0.2",
        additive=True,
        edge="Each by the day Stripe booked it; a status moves no money. In the currency in which Stripe booked it, "
        "which for a payment that was converted is that of the balance. The fee of a dispute is in fees. "
        "Where more was reinstated it is negative.",
        unwanted=True,
    ),
    Kpi(
        slug="credit_notes",
        name="Given back outside Stripe",
        unit=Unit.MONEY,
        formula="The part of the credit notes issued in the window that was given back outside Stripe, less that "
        "of those voided in it.",
        code=credit_notes,
        through=(read_given_back,),
        sources=("LedgerEntry of kind credit_note and credit_note_reversal, by occurred_at",),
        since="0.2",
        additive=True,
        edge="What a credit note refunds through Stripe is in refunded_amount; what it takes off an unpaid invoice, or "
        "leaves as credit, was never paid back and is nowhere.",
        unwanted=True,
    ),
    Kpi(
        slug="disputes_opened",
        name="Disputes",
        unit=Unit.COUNT,
        formula="The number of disputes opened in the window, on payments in this currency.",
        code=disputes_opened,
        through=(read_disputes,),
        sources=("DisputeFact.created_at", "DisputeFact.status"),
        since="0.2",
        additive=True,
        edge="An inquiry is none; one that becomes a dispute counts on the day it was opened.",
        unwanted=True,
    ),
    Kpi(
        slug="dispute_rate_pct",
        name="Dispute rate",
        unit=Unit.PERCENT,
        formula="disputes_opened ÷ payments_succeeded × 100, rounded half up to two decimals.",
        code=dispute_rate_pct,
        sources=("disputes_opened", "PaymentFact.succeeded_at"),
        since="0.2",
        additive=False,
        edge="The payments disputed need not be those of the window, so it can pass 100. Null without payments.",
        unwanted=True,
    ),
)
