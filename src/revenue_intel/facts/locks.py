"""Every lock on a fact. Order of locks everywhere: event → order → stock rows → facts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import connections, router
from django.db.models import Model

from revenue_intel.facts.models import (
    BalanceCursor,
    BalanceTransactionFact,
    ChargeFact,
    CheckoutSessionFact,
    CouponFact,
    CreditNoteFact,
    Customer,
    CustomerLink,
    DiscountFact,
    DisputeFact,
    InvoiceFact,
    OrderFact,
    PaymentFact,
    PayoutFact,
    RefundFact,
    SubscriptionFact,
)
from revenue_intel.kit.inserts import ask_insert
from revenue_intel.kit.rows import ask_row, find_row
from revenue_intel.kit.together import ask_later, send_later

Row = TypeVar("Row", bound=Model)


def ask_payment(row: PaymentFact) -> Callable[[], PaymentFact]:
    """Lock the payment's row with the next statement, and return what returns it: ``row`` where there was none."""
    return _ask_or_insert(row)


def relock_payment(payment: PaymentFact) -> PaymentFact:
    """Return a payment that is there, read again under its lock."""
    return _lock(payment)


def lock_charge(row: ChargeFact) -> ChargeFact:
    """Return the charge's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def ask_refund(row: RefundFact) -> Callable[[], RefundFact]:
    """Lock the refund's row with the next statement, and return what returns it: ``row`` where there was none."""
    return _ask_or_insert(row)


def lock_dispute(row: DisputeFact) -> DisputeFact:
    """Return the dispute's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def lock_session(row: CheckoutSessionFact) -> CheckoutSessionFact:
    """Return the session's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def lock_balance_transaction(row: BalanceTransactionFact) -> BalanceTransactionFact:
    """Return the booking's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def lock_payout(row: PayoutFact) -> PayoutFact:
    """Return the payout's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def lock_cursor(row: BalanceCursor) -> BalanceCursor:
    """Return the account's cursor, which is ``row`` where there was none, locked until the transaction ends."""
    BalanceCursor.objects.bulk_create([row], ignore_conflicts=True)
    return BalanceCursor.objects.select_for_update().get(livemode=row.livemode, account=row.account)


def _lock_or_insert(row: Row) -> Row:
    """Return ``row`` itself where there was none with its key, and else the one that is there, locked."""
    return _ask_or_insert(row)()


def _ask_or_insert(row: Row) -> Callable[[], Row]:
    is_inserted = ask_insert(row)
    return lambda: row if is_inserted() else _lock(row)


def _lock(row: Row) -> Row:
    """Return a row that is there, as it is once it is locked."""
    found = find_row(type(row), lock="FOR UPDATE", **{row._meta.pk.name: row.pk})
    if found is None:
        raise ObjectDoesNotExist(f"{row._meta.label} {row.pk} is not there.")
    return found


def lock_subscription(row: SubscriptionFact) -> SubscriptionFact:
    """Return the subscription's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def lock_coupon(row: CouponFact) -> CouponFact:
    """Return the coupon's row, which is ``row`` where there was none, locked until the transaction ends."""
    CouponFact.objects.bulk_create([row], ignore_conflicts=True)
    return CouponFact.objects.select_for_update().get(
        coupon_id=row.coupon_id, livemode=row.livemode, account=row.account
    )


def lock_discount(row: DiscountFact) -> DiscountFact:
    """Return the discount's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def lock_invoice(row: InvoiceFact) -> InvoiceFact:
    """Return the invoice's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def relock_invoice(*, invoice_id: str) -> InvoiceFact | None:
    """Return the invoice's row, locked until the transaction ends, or None."""
    return InvoiceFact.objects.select_for_update().filter(pk=invoice_id).first()


def lock_credit_note(row: CreditNoteFact) -> CreditNoteFact:
    """Return the credit note's row, which is ``row`` where there was none, locked until the transaction ends."""
    return _lock_or_insert(row)


def lock_money_of_invoice(*, invoice_id: str) -> None:
    """Let nobody else link a payment or a credit note to this invoice, known or not, until the transaction ends."""
    lock_names([f"invoice:{invoice_id}"])


def lock_invoice_of_payment(*, payment: str) -> None:
    """Let nobody else link this payment, known or not, to an invoice, or ask whether it is, until we are done."""
    lock_names([f"invoice-of:{payment}"])


def lock_order_of_payment(*, payment_intent: str) -> None:
    """Let nobody else link this payment, known or not, to an order by its session, or ask whether it is, until we are done.

    Taken before any row: orders come after it.
    """
    lock_names([f"order-of:{payment_intent}"])


def lock_bookings(*, sources: Iterable[str]) -> None:
    """Let nobody else post what the bookings of these disputes moved, known or not, until the transaction ends.

    Taken before the booking's own row.
    """
    lock_names(f"bookings-of:{source}" for source in sources)


def lock_order(*, reference: str) -> OrderFact | None:
    """Return the order's fact, locked until the transaction ends, or None."""
    return ask_order(reference=reference)()


def ask_order(*, reference: str) -> Callable[[], OrderFact | None]:
    """Lock the order's fact with the next statement, until the transaction ends; return what returns it, or None."""
    asked = ask_row(OrderFact, lock="FOR UPDATE", reference=reference)

    def find() -> OrderFact | None:
        fact = asked()
        if fact is not None:
            fact.remember()
        return fact

    return find


def lock_names(names: Iterable[str]) -> None:
    """Let nobody else make or join what goes by these names until the transaction ends.

    They are locked when the next statement is sent, before it. PostgreSQL only, in one order for all; SQLite has a
    single writer anyway.
    """
    connection = connections[router.db_for_write(Customer)]
    columns, wanted = _advisory(names)
    if wanted and connection.vendor == "postgresql":
        send_later(f"SELECT {columns}", wanted, using=connection.alias)


def lock_unknown(names: Collection[tuple[str, str]]) -> Callable[[], bool]:
    """Lock these names of people with the next statement unless all are known; return what says if they are locked.

    Names that are known are not locked: whoever orders much would wait for himself. See :func:`lock_names`.
    """
    connection = connections[router.db_for_write(Customer)]
    if connection.vendor != "postgresql":
        return lambda: True
    columns, wanted = _advisory([f"{kind}:{value}" for kind, value in names])
    linked = " OR ".join(["(kind = %s AND value = %s)"] * len(names))
    known = f'SELECT count(*) FROM "{CustomerLink._meta.db_table}" WHERE {linked}'  # noqa: S608 - all values are parameters
    parameters = [*wanted, *chain.from_iterable((str(kind), value) for kind, value in names)]
    locked = ask_later(f"SELECT {columns} WHERE ({known}) < {len(names)}", parameters, using=connection.alias)
    return lambda: bool(locked.rows())


def _advisory(names: Iterable[str]) -> tuple[str, list[str]]:
    """Return the columns that lock these names, in SQL, and their parameters."""
    wanted = [f"revenue_intel:{name}" for name in sorted(names)]
    # The columns of a row are worked out from left to right: that is the order in which the locks are taken.
    return ", ".join(["pg_advisory_xact_lock(hashtextextended(%s, 0))"] * len(wanted)), wanted


def lock_customers(*, keys: Collection[uuid.UUID]) -> list[Customer]:
    """Return these customers, locked in key order until the transaction ends; others may still refer to them."""
    return list(Customer.objects.select_for_update(no_key=True).filter(key__in=keys).order_by("key"))


def lock_person(customer: Customer) -> uuid.UUID:
    """Return the key under which a person is counted, locked: nobody joins them, or orders for them late, meanwhile."""
    key = customer.canonical
    while True:
        (head,) = lock_customers(keys=[key])
        if head.pk == customer.pk:
            customer.canonical = head.canonical
        else:
            customer.refresh_from_db(fields=["canonical"])
        if customer.canonical == key:
            return key
        key = customer.canonical
