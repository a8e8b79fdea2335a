"""What a history of events comes to, as one comparable value. Two arrivals of one history must come to the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Sum

from revenue_intel.facts.models import (
    CouponFact,
    CreditNoteFact,
    CreditNoteRefund,
    DiscountFact,
    InvoiceFact,
    InvoicePaymentFact,
    LedgerEntry,
    OrderFact,
    PaymentFact,
    RefundFact,
    SubscriptionFact,
    SubscriptionState,
)
from revenue_intel.facts.selectors import state_of
from revenue_intel.issues.models import Issue
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import StripeEvent
from tests.host.models import Order, Product


def outcome() -> dict[str, Any]:
    """Return what must not depend on the order of arrival: no surrogate id, no time of arrival, no attempt."""
    ledger: Counter[tuple[Any, ...]] = Counter()
    for entry in LedgerEntry.objects.all():
        day = entry.occurred_at.date()
        ledger[entry.kind, entry.object_id, entry.currency, day, entry.order_reference] += entry.amount_minor
    movements = StockMovement.objects.exclude(kind="opening").values(
        "model", "row", "kind", "order_reference"
    )
    return {
        "orders": sorted(Order.objects.values_list("reference", "status", "paid_at", "total")),
        "facts": sorted(
            (
                fact.reference,
                state_of(fact),
                fact.paid_at,
                fact.total_minor,
                fact.refunded_minor,
                fact.currency,
            )
            for fact in OrderFact.objects.all()
        ),
        "payments": sorted(
            PaymentFact.objects.values_list(
                "payment_intent", "status", "succeeded_at", "amount_minor", "charge"
            )
        ),
        "refunds": sorted(
            RefundFact.objects.values_list(
                "refund_id", "status", "amount_minor", "order_reference", "failed_at"
            ),
            key=str,
        ),
        "ledger": sorted((key, amount) for key, amount in ledger.items() if amount),
        "stock": sorted(Product.objects.values_list("name", "stock")),
        "movements": sorted(tuple(row.values()) for row in movements.annotate(total=Sum("quantity"))),
        "issues": sorted(Issue.objects.filter(status="open").values_list("fingerprint", flat=True)),
        **billing(),
        "events": sorted(StripeEvent.objects.values_list("event_id", "outcome")),
    }


def billing() -> dict[str, Any]:
    """Return every column of the billing facts but those that tell of arrival."""
    arrival = {"id", "recorded_at", "event_id", "customer"}
    tables = (
        SubscriptionFact,
        SubscriptionState,
        InvoiceFact,
        InvoicePaymentFact,
        CreditNoteFact,
        CreditNoteRefund,
        CouponFact,
        DiscountFact,
    )
    return {
        table.__name__: sorted(
            table.objects.values_list(
                *(field.name for field in table._meta.concrete_fields if field.name not in arrival)
            ),
            key=str,
        )
        for table in tables
    }
