"""Every lock on a fact. Order of locks everywhere: event → order → stock rows → facts."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db import connections, router

from revenue_intel.facts.models import (
    CouponFact,
    CreditNoteFact,
    Customer,
    DiscountFact,
    InvoiceFact,
    OrderFact,
    PaymentFact,
    RefundFact,
    SubscriptionFact,
)


def lock_payment(row: PaymentFact) -> PaymentFact:
    """Return the payment's row, which is ``row`` where there was none, locked until the transaction ends."""
    PaymentFact.objects.bulk_create([row], ignore_conflicts=True)
    return relock_payment(row)


def relock_payment(payment: PaymentFact) -> PaymentFact:
    """Return a payment that is there, read again under its lock."""
    return PaymentFact.objects.select_for_update().get(pk=payment.pk)


def lock_refund(row: RefundFact) -> RefundFact:
    """Return the refund's row, which is ``row`` where there was none, locked until the transaction ends."""
    RefundFact.objects.bulk_create([row], ignore_conflicts=True)
    return RefundFact.objects.select_for_update().get(pk=row.pk)


def lock_subscription(row: SubscriptionFact) -> SubscriptionFact:
    """Return the subscription's row, which is ``row`` where there was none, locked until the transaction ends."""
    SubscriptionFact.objects.bulk_create([row], ignore_conflicts=True)
    return SubscriptionFact.objects.select_for_update().get(pk=row.pk)


def lock_coupon(row: CouponFact) -> CouponFact:
    """Return the coupon's row, which is ``row`` where there was none, locked until the transaction ends."""
    CouponFact.objects.bulk_create([row], ignore_conflicts=True)
    return CouponFact.objects.select_for_update().get(
        coupon_id=row.coupon_id, livemode=row.livemode, account=row.account
    )


def lock_discount(row: DiscountFact) -> DiscountFact:
    """Return the discount's row, which is ``row`` where there was none, locked until the transaction ends."""
    DiscountFact.objects.bulk_create([row], ignore_conflicts=True)
    return DiscountFact.objects.select_for_update().get(pk=row.pk)


def lock_invoice(row: InvoiceFact) -> InvoiceFact:
    """Return the invoice's row, which is ``row`` where there was none, locked until the transaction ends."""
    InvoiceFact.objects.bulk_create([row], ignore_conflicts=True)
    return InvoiceFact.objects.select_for_update().get(pk=row.pk)


def relock_invoice(*, invoice_id: str) -> InvoiceFact | None:
    """Return the invoice's row, locked until the transaction ends, or None."""
    return InvoiceFact.objects.select_for_update().filter(pk=invoice_id).first()


def lock_credit_note(row: CreditNoteFact) -> CreditNoteFact:
    """Return the credit note's row, which is ``row`` where there was none, locked until the transaction ends."""
    CreditNoteFact.objects.bulk_create([row], ignore_conflicts=True)
    return CreditNoteFact.objects.select_for_update().get(pk=row.pk)


def lock_money_of_invoice(*, invoice_id: str) -> None:
    """Let nobody else link a payment or a credit note to this invoice, known or not, until the transaction ends."""
    lock_names([f"invoice:{invoice_id}"])


def lock_invoice_of_payment(*, payment: str) -> None:
    """Let nobody else link this payment, known or not, to an invoice, or ask whether it is, until we are done."""
    lock_names([f"invoice-of:{payment}"])


def lock_order(*, reference: str) -> OrderFact | None:
    """Return the order's fact, locked until the transaction ends, or None."""
    return OrderFact.objects.select_for_update(of=("self",)).filter(reference=reference).first()


def lock_names(names: Iterable[str]) -> None:
    """Let nobody else make or join what goes by these names until the transaction ends.

    PostgreSQL only, in one order for all; SQLite has a single writer anyway.
    """
    connection = connections[router.db_for_write(Customer)]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in sorted(names):
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"revenue_intel:{name}"]
                )


def lock_customers(*, keys: Collection[uuid.UUID]) -> list[Customer]:
    """Return these customers, locked in key order until the transaction ends; others may still refer to them."""
    return list(Customer.objects.select_for_update(no_key=True).filter(key__in=keys).order_by("key"))
