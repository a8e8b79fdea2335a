"""Tells a history of money through the services, as the shop and Stripe do, with rollups built in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from revenue_intel.facts import services as facts
from revenue_intel.facts.credit_notes import post_credit_notes_of
from revenue_intel.facts.models import (
    BalanceTransactionFact,
    CreditNoteFact,
    DisputeFact,
    InvoicePaymentFact,
    OrderFact,
    PaymentFact,
)
from revenue_intel.kpis.rollups import build, find_stretches
from revenue_intel.shop.records import LineRecord, OrderRecord

BEGIN = datetime(2026, 3, 18, tzinfo=UTC)


class Teller:
    """Tells a history through the services."""

    def __init__(self) -> None:
        self.sold: list[OrderFact] = []
        self.refunds = self.booked = self.notes = 0

    def tell(self, kind, *what):
        getattr(self, kind)(*what)

    def sale(self, at, who, currency, amount):
        number = len(self.sold)
        record = OrderRecord(
            reference=f"R{number}",
            currency=currency,
            total_minor=amount + 70,
            tax_minor=20,
            shipping_minor=50,
            created_at=at - timedelta(minutes=5),
            email=f"person{who}@example.com" if who else "",
            lines=(
                LineRecord(
                    key="1",
                    product_key="p",
                    product_name="P",
                    quantity=2,
                    unit_amount_minor=amount,
                    amount_minor=amount,
                    discount_minor=amount,
                ),
            )[: number % 3],
        )
        news = self.news(number, currency, amount + 70, at, PaymentFact.Status.SUCCEEDED)
        payment = facts.record_payment(news, order_reference=record.reference)
        fact = facts.record_order(record, fact=None, livemode=False, paid_at=payment.succeeded_at)
        facts.post_sale(payment, event_id="evt")
        self.sold.append(fact)

    def news(self, number, currency, amount, at, status, code="card_declined"):
        return facts.PaymentNews(
            payment_intent=f"pi_{number}",
            status=status,
            amount_minor=amount,
            currency=currency,
            livemode=False,
            at=at,
            event_id="evt",
            failure_code=code,
        )

    def refund(self, at, which, amount, failed):
        if which >= len(self.sold):
            return
        order = self.sold[which]
        self.refunds += 1
        for status, when in (("succeeded", at), ("failed", failed)):
            if when is not None:
                news = facts.RefundNews(
                    refund_id=f"re_{self.refunds}",
                    status=status,
                    amount_minor=amount,
                    currency=order.currency,
                    livemode=False,
                    created_at=at,
                    at=when,
                    event_id="evt",
                )
                facts.record_refund(news, order_reference=order.reference)
        order.refresh_from_db()
        facts.sum_refunds(order)

    def join(self, one, other):
        if one and other:
            facts.identify(email=f"person{one}@example.com", stripe_customer_id=f"cus_{min(one, other)}")
            facts.identify(email=f"person{other}@example.com", stripe_customer_id=f"cus_{min(one, other)}")

    def redate(self, which, at):
        if which < len(self.sold):
            order = OrderFact.objects.get(pk=self.sold[which].pk)
            status = PaymentFact.Status.SUCCEEDED
            payment = facts.record_payment(self.news(which, order.currency, order.total_minor, at, status))
            if payment.succeeded_at != order.paid_at:
                facts.date_order(order, paid_at=payment.succeeded_at)
                facts.post_sale(payment, event_id="evt")

    def failure(self, at, which, code="card_declined", amount=1000):
        facts.record_payment(self.news(f"f{which}", "gbp", amount, at, PaymentFact.Status.FAILED, code))

    def booking(self, at, category, amount, fee, currency):
        self.booked += 1
        signed = amount if category in {"dispute_reversal", "charge"} else -amount
        facts.record_balance_transaction(
            BalanceTransactionFact(
                transaction_id=f"txn_{self.booked}",
                type=category,
                reporting_category=category,
                source=f"src_{self.booked}",
                amount_minor=signed,
                fee_minor=0 if category == "fee" else fee,
                net_minor=signed - (0 if category == "fee" else fee),
                currency=currency,
                livemode=False,
                created_at=at,
                available_on=at,
            )
        )

    def reading(self, since, until):
        facts.advance_cursor(livemode=False, account="", since=since, until=until)

    def note(self, at, amount, voided):
        self.notes += 1
        invoice = f"in_{self.notes}"
        for status, voided_at in (("issued", None), ("void", voided))[: 1 if voided is None else 2]:
            facts.record_credit_note(
                facts.CreditNoteNews(
                    credit_note_id=f"cn_{self.notes}",
                    invoice_id=invoice,
                    status=CreditNoteFact.Status(status),
                    amount_minor=amount,
                    tax_minor=0,
                    pre_payment_minor=0,
                    post_payment_minor=amount,
                    out_of_band_minor=amount,
                    currency="gbp",
                    livemode=False,
                    created_at=at,
                    voided_at=voided_at,
                    event_id="evt",
                )
            )
        InvoicePaymentFact.objects.create(invoice_id=invoice, payment=f"pi_{invoice}", paid_at=at)
        post_credit_notes_of(invoice_id=invoice, event_id="evt")

    def dispute(self, at, which, status):
        facts.record_dispute(
            DisputeFact(
                dispute_id=f"dp_{which}",
                status=status,
                status_at=at,
                amount_minor=100,
                currency="gbp",
                livemode=False,
                created_at=BEGIN + timedelta(days=5 * which),
            )
        )

    def wish(self, at, who):
        facts.record_step(step="wishlisted", at=at, subject="p", email=f"person{who}@example.com")

    def build(self):
        for stretch in find_stretches(last=date(2026, 4, 1)):
            build(stretch)

    def zone(self, name):
        from django.conf import settings as django_settings

        django_settings.REVENUE_INTEL_TIME_ZONE = name
