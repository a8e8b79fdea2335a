"""Every lock on a fact. Order of locks everywhere: event → order → stock rows → facts."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db import connections, router

from revenue_intel.facts.models import Customer, OrderFact, PaymentFact, RefundFact


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


def lock_order(*, reference: str) -> OrderFact | None:
    """Return the order's fact, locked until the transaction ends, or None."""
    return OrderFact.objects.select_for_update(of=("self",)).filter(reference=reference).first()


def lock_names(names: Iterable[str]) -> None:
    """Let nobody else make or join customers under these names until the transaction ends.

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


def lock_person(customer: Customer) -> uuid.UUID:
    """Return the key under which a person is counted, locked: nobody joins them, or orders for them late, meanwhile."""
    key = customer.canonical
    while True:
        lock_customers(keys=[key])
        customer.refresh_from_db(fields=["canonical"])
        if customer.canonical == key:
            return key
        key = customer.canonical
