"""Read facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from django.db.models import Q

from revenue_intel.facts.models import (
    CheckoutSessionFact,
    InvoicePaymentFact,
    OrderFact,
    PaymentFact,
    RefundFact,
)
from revenue_intel.facts.refunds import ask_counting
from revenue_intel.kit.rows import ask_row, ask_sum, find_row
from revenue_intel.shop.records import OrderState


def state_of(fact: OrderFact) -> OrderState:
    """Return the state an order is in: what is final wins, whatever the order of arrival."""
    if fact.paid_at is None:
        return OrderState.CANCELED if fact.canceled_at else OrderState.PENDING
    if fact.refunded_minor and fact.refunded_minor >= fact.total_minor:
        return OrderState.REFUNDED
    if fact.disputed_at:
        return OrderState.DISPUTED
    if fact.refunded_minor:
        return OrderState.PARTIALLY_REFUNDED
    if fact.unfulfillable_at:
        return OrderState.PAID_UNFULFILLABLE
    return OrderState.FULFILLED if fact.fulfilled_at else OrderState.PAID


def find_order(*, reference: str) -> OrderFact | None:
    """Return the fact of the order with that reference, or None."""
    if "\x00" in reference:  # no text of PostgreSQL's can hold it, nor be compared with it
        return None
    return find_row(OrderFact, reference=reference)


def ask_order(*, reference: str) -> Callable[[str], OrderFact | None]:
    """Ask for the fact of an order with the next statement; return what returns it, or None.

    That is told the order's reference, as it turned out to be: another one is asked for then.
    """
    asked = ask_row(OrderFact, reference=reference)
    return lambda found: asked() if found == reference else find_order(reference=found)


def find_payment(*, payment_intent: str = "", charge: str = "") -> PaymentFact | None:
    """Return the succeeded payment with that PaymentIntent or that Charge, or None."""
    succeeded = PaymentFact.Status.SUCCEEDED
    if payment_intent:
        return find_row(PaymentFact, payment_intent=payment_intent, status=succeeded)
    return PaymentFact.objects.filter(status=succeeded, charge=charge).first() if charge else None


def find_settling_payment(*, reference: str) -> PaymentFact | None:
    """Return the payment that settles the order with that reference, or None."""
    return PaymentFact.objects.filter(order_reference=reference, succeeded_at__isnull=False).first()


def find_refund_reaching(*, reference: str, amount_minor: int) -> RefundFact | None:
    """Return the refund, by date, with which those of an order add up to an amount; else None.

    What was undone does not count, nor what had only been authorised: as in ``refunded_minor``.
    """
    return find_reaching(ask_counting(reference=reference)(), amount_minor=amount_minor)


def find_reaching(refunds: Iterable[RefundFact], *, amount_minor: int) -> RefundFact | None:
    """Return the refund with which these, which are by date, add up to an amount; else None."""
    refunded = 0
    for refund in refunds:
        refunded += refund.amount_minor
        if refunded >= amount_minor:
            return refund
    return None


def refunds_among(ids: Collection[str]) -> list[str]:
    """Return those of the ids that are refunds', in order, whatever has become of them."""
    found = RefundFact.objects.filter(refund_id__in=ids) if ids else RefundFact.objects.none()
    return list(found.order_by("refund_id").values_list("refund_id", flat=True))


def pays_an_invoice(*, payment: str) -> bool:
    """Say whether a payment is known to have paid an invoice: then it needs no order."""
    return InvoicePaymentFact.objects.filter(payment=payment).exists()


def ask_refunds_ever(*, charge: str) -> Callable[[], int]:
    """Ask with the next statement for the sum of all refunds ever made on a charge, undone ones too (minor units)."""
    return ask_sum(RefundFact, "amount_minor", "WHERE charge = %s", [charge])


def is_canceled(*, payment_intent: str) -> bool:
    """Say whether a payment was canceled, and so never moved any money."""
    canceled = PaymentFact.objects.filter(payment_intent=payment_intent, status=PaymentFact.Status.CANCELED)
    return bool(payment_intent) and canceled.exists()


def find_session_order(*, payment_intent: str) -> str:
    """Return the order that the payment's Checkout Session was for; empty where none is known."""
    sessions = CheckoutSessionFact.objects.filter(payment_intent=payment_intent).exclude(order_reference="")
    return sessions.order_by("pk").values_list("order_reference", flat=True).first() or ""


def is_page_closed(*, session_id: str) -> bool:
    """Say whether Stripe told us that nobody can pay on this page any more: it ended, or its late payment failed."""
    failed = CheckoutSessionFact.PaymentStatus.FAILED
    ended = Q(status=CheckoutSessionFact.Status.EXPIRED) | Q(payment_status=failed)
    is_ended = CheckoutSessionFact.objects.filter(ended, pk=session_id).exists()
    return is_ended or is_canceled(payment_intent=session_id)


def is_payment_on_its_way(*, reference: str) -> bool:
    """Say whether Stripe told us that somebody paid for the order in a way that takes days, such as a bank debit.

    While it does, the order cannot be paid again nor canceled. False too for an order that is paid already.
    """
    if "\x00" in reference or OrderFact.objects.filter(reference=reference, paid_at__isnull=False).exists():
        return False
    pages = CheckoutSessionFact.objects.filter(
        order_reference=reference,
        status=CheckoutSessionFact.Status.COMPLETE,
        payment_status=CheckoutSessionFact.PaymentStatus.UNPAID,
    )
    payments = PaymentFact.objects.filter(claimed_reference=reference, status=PaymentFact.Status.PROCESSING)
    return pages.exists() or payments.exists()


def is_page_paid(*, session_id: str) -> bool:
    """Say whether Stripe told us that this Checkout Session is paid; the payment itself may not be here yet."""
    paid = CheckoutSessionFact.PaymentStatus.PAID
    return CheckoutSessionFact.objects.filter(pk=session_id, payment_status=paid).exists()
