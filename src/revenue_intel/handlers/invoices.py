"""Invoices and their payments. They post nothing: the payment posts the sale, and they say what it was for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import InvoiceFact
from revenue_intel.facts.services import InvoiceNews, InvoicePaymentNews
from revenue_intel.handlers import billing_fields, fields
from revenue_intel.orders import services as orders
from revenue_intel.webhooks.registry import Event, Handler, Result, applied, ignored, parked

DELETED: Final = "invoice.deleted"
TAX_LISTS: Final = ("total_taxes", "total_tax_amounts")
MAX_ATTEMPTS: Final = 10**6

Status = InvoiceFact.Status


def changed(event: Event) -> Result:
    """``invoice.*``: record how the invoice stands, and which payments paid it."""
    invoice = event.object
    if invoice.get("test_clock") is not None:
        return ignored("test_clock")
    invoice_id = fields.required_id(invoice)
    if event.type == DELETED and "status" not in invoice:  # no more than a name is left of it
        known = facts.record_deletion(invoice_id=invoice_id, at=event.created)
        return applied() if known else parked(f"invoice:{invoice_id}")
    news = _news(event)
    facts.record_invoice(news)
    for payment in _payments(event, news):
        orders.record_invoice_payment(payment)
    return applied(f"invoice:{invoice_id}")


def payment_changed(event: Event) -> Result:
    """``invoice_payment.paid``: a payment paid an invoice, or a part of it."""
    news = _payment_news(event.object, event)
    if news is None:
        return ignored("nothing_paid_through_stripe")
    orders.record_invoice_payment(news)
    return applied()


def _news(event: Event) -> InvoiceNews:
    invoice = event.object
    status = _status(invoice)
    moments = fields.mapping(invoice, "status_transitions")

    def instant(key: str, reached: Status) -> datetime | None:
        """Return when the status was reached, by this event where Stripe tells no instant."""
        told = billing_fields.optional_timestamp(moments, key)
        return told or (event.created if status == reached else None)

    return InvoiceNews(
        invoice_id=fields.required_id(invoice),
        status=status,
        told_at=event.created,
        currency=fields.currency(invoice),
        livemode=event.livemode,
        account=event.account,
        stripe_customer_id=fields.id_of(invoice, "customer"),
        subscription_id=_subscription(invoice),
        billing_reason=fields.text(invoice, "billing_reason")[:64],
        subtotal_minor=billing_fields.signed_minor(invoice, "subtotal"),
        discount_minor=_discount(invoice),
        tax_minor=tax_of(invoice),
        total_minor=billing_fields.signed_minor(invoice, "total"),
        amount_due_minor=fields.minor(invoice, "amount_due"),
        amount_paid_minor=fields.minor(invoice, "amount_paid"),
        amount_overpaid_minor=billing_fields.optional_minor(invoice, "amount_overpaid"),
        attempt_count=billing_fields.whole(invoice, "attempt_count", least=0, most=MAX_ATTEMPTS),
        are_lines_truncated=billing_fields.is_truncated(fields.mapping(invoice, "lines")),
        created_at=fields.timestamp(invoice, "created"),
        finalized_at=billing_fields.optional_timestamp(moments, "finalized_at"),
        paid_at=instant("paid_at", Status.PAID),
        voided_at=instant("voided_at", Status.VOID),
        uncollectible_at=instant("marked_uncollectible_at", Status.UNCOLLECTIBLE),
        deleted_at=event.created if event.type == DELETED else None,
    )


def _status(invoice: Mapping[str, Any]) -> Status:
    return Status(billing_fields.word(invoice, "status", known=Status.values))


def _subscription(invoice: Mapping[str, Any]) -> str:
    """Return the subscription that the invoice is for: since 2025-03-31 in ``parent``, before beside it."""
    if "parent" not in invoice and "subscription" not in invoice:
        raise UnsupportedShapeError("An invoice says of no kind of parent whether it has one.")
    if "parent" not in invoice:
        return fields.id_of(invoice, "subscription")
    parent = fields.mapping(invoice, "parent")
    if fields.text(parent, "type") != "subscription_details":
        return ""
    subscription = fields.id_of(fields.mapping(parent, "subscription_details"), "subscription")
    if not subscription:
        raise UnsupportedShapeError("An invoice of a subscription does not name it.")
    return subscription


def tax_of(source: Mapping[str, Any]) -> int:
    """Return the tax of an invoice: a list of taxes under one of its two names, or, before lists, their sum.

    Raises:
        UnsupportedShapeError: it has none of the three.
    """
    for key in TAX_LISTS:
        if source.get(key) is not None:
            return sum(billing_fields.signed_minor(tax, "amount") for tax in fields.items(source, key))
    if source.get("tax") is not None:
        return billing_fields.signed_minor(source, "tax")
    if not any(key in source for key in (*TAX_LISTS, "tax")):
        raise UnsupportedShapeError("An invoice says nothing of its tax.")
    return 0


def _discount(invoice: Mapping[str, Any]) -> int:
    """Return what discounts took off in all."""
    if invoice.get("total_discount_amounts") is None and invoice.get("discount") is not None:
        raise UnsupportedShapeError("An invoice has a discount and does not say what it took off.")
    return sum(fields.minor(each, "amount") for each in fields.items(invoice, "total_discount_amounts"))


def _payments(event: Event, news: InvoiceNews) -> Iterator[InvoicePaymentNews]:
    """Yield the payments that paid the invoice: a list since 2025-03-31, before that at most one."""
    invoice = event.object
    for payment in fields.items(fields.mapping(invoice, "payments"), "data"):
        told = _payment_news(payment, event)
        if told is not None:
            yield told
    only = fields.id_of(invoice, "payment_intent") or fields.id_of(invoice, "charge")
    if only and news.paid_at and not billing_fields.flag(invoice, "paid_out_of_band"):
        yield InvoicePaymentNews(
            invoice_id=news.invoice_id, payment=only, paid_at=news.paid_at, event_id=event.id
        )


def _payment_news(source: Mapping[str, Any], event: Event) -> InvoicePaymentNews | None:
    """Return what an invoice payment says; None where it has paid nothing, or nothing of Stripe's."""
    status = fields.text(source, "status")
    invoice = fields.id_of(source, "invoice")
    kind = fields.text(fields.mapping(source, "payment"), "type")
    if not (status and invoice and kind):
        raise UnsupportedShapeError("An invoice payment lacks its status, its invoice or its payment.")
    if status != "paid" or kind not in {"payment_intent", "charge"}:
        return None
    payment = fields.id_of(fields.mapping(source, "payment"), kind)
    if not payment:
        raise UnsupportedShapeError("An invoice payment does not name its payment.")
    moments = fields.mapping(source, "status_transitions")
    return InvoicePaymentNews(
        invoice_id=invoice,
        payment=payment,
        amount_minor=fields.minor(source, "amount_paid"),
        paid_at=billing_fields.optional_timestamp(moments, "paid_at") or event.created,
        event_id=event.id,
    )


HANDLERS: Final[Mapping[str, Handler]] = {
    "invoice_payment.paid": payment_changed,
    **{
        f"invoice.{change}": changed
        for change in (
            "created", "updated", "finalized", "paid", "payment_succeeded", "payment_failed", "overpaid",
            "voided", "marked_uncollectible", "deleted",
        )
    },
}  # fmt: skip
