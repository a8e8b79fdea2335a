"""What a history of events comes to, as one comparable value. Two arrivals of one history must come to the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Model, Sum

from revenue_intel.facts.models import (
    BalanceTransactionFact,
    ChargeFact,
    CheckoutSessionFact,
    CouponFact,
    CreditNoteFact,
    CreditNoteRefund,
    CustomerLink,
    DiscountFact,
    DisputeFact,
    InvoiceFact,
    InvoicePaymentFact,
    LedgerEntry,
    OrderFact,
    PaymentFact,
    PayoutFact,
    RefundFact,
    SubscriptionFact,
    SubscriptionState,
)
from revenue_intel.facts.selectors import state_of
from revenue_intel.issues.models import Issue
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import StripeEvent
from tests.host.models import Order, Product

#: Columns that say when we did something.
ARRIVALS = {"linked_at", "recorded_at"}


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo what is done inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows_of(model: type[Model]) -> list[tuple[Any, ...]]:
    """Return every row with all that is known of it: such a fact has no surrogate id."""
    columns = [field.attname for field in model._meta.concrete_fields if field.attname not in ARRIVALS]
    return sorted(model._default_manager.values_list(*columns), key=str)


def outcome() -> dict[str, Any]:
    """Return what must not depend on the order of arrival: no surrogate id, no time of arrival, no attempt."""
    ledger: Counter[tuple[Any, ...]] = Counter()
    for entry in LedgerEntry.objects.all():
        day = entry.occurred_at.date()
        ledger[entry.kind, entry.object_id, entry.currency, day, entry.order_reference, entry.label] += (
            entry.amount_minor
        )
    movements = StockMovement.objects.exclude(kind="opening").values(
        "model", "row", "kind", "order_reference"
    )
    # What went back to the shelf and was taken again is as good as what never went back.
    moved = movements.annotate(total=Sum("quantity")).exclude(kind="restock", total=0)
    return {
        "orders": sorted(Order.objects.values_list("reference", "status", "paid_at", "total")),
        "facts": sorted(
            (
                fact.reference,
                state_of(fact),
                fact.paid_at,
                fact.total_minor,
                fact.refunded_minor,
                fact.disputed_at,
                fact.currency,
            )
            for fact in OrderFact.objects.all()
        ),
        "payments": rows_of(PaymentFact),
        "charges": rows_of(ChargeFact),
        "refunds": rows_of(RefundFact),
        "disputes": rows_of(DisputeFact),
        "sessions": rows_of(CheckoutSessionFact),
        "balance": rows_of(BalanceTransactionFact),
        "payouts": rows_of(PayoutFact),
        "ledger": sorted((key, amount) for key, amount in ledger.items() if amount),
        "stock": sorted(Product.objects.values_list("name", "stock")),
        "movements": sorted(tuple(row.values()) for row in moved),
        "issues": sorted(Issue.objects.filter(status="open").values_list("fingerprint", flat=True)),
        **billing(),
        "people": people(),
        "events": sorted(StripeEvent.objects.values_list("event_id", "outcome")),
    }


def people() -> list[list[tuple[str, str]]]:
    """Return the names by person: whoever is counted as one."""
    names: dict[Any, list[tuple[str, str]]] = {}
    for link in CustomerLink.objects.select_related("customer"):
        names.setdefault(link.customer.canonical, []).append((link.kind, link.value))
    return sorted(sorted(each) for each in names.values())


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
