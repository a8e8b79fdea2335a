"""What was billed: invoices, the payments that paid them, and the credit notes that took some of it back."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.facts.models.people import Customer
from revenue_intel.facts.models.scope import MoneyScope


class InvoiceFact(MoneyScope):
    """What is known of one invoice. It posts no money: the payment that pays it does.

    The amounts are those of the furthest status, as told last (``told_at``). Instants are the earliest
    evidence; a draft with ``deleted_at`` is gone. ``are_lines_truncated``: Stripe sent the first page of lines only.
    """

    class Status(models.TextChoices):
        """How far the invoice has come, the nearest first; news of a nearer status changes nothing."""

        DRAFT = "draft"
        OPEN = "open"
        UNCOLLECTIBLE = "uncollectible"
        VOID = "void"
        PAID = "paid"

    invoice_id = models.CharField(max_length=255, primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="invoices")
    subscription_id = models.CharField(max_length=255, blank=True, db_index=True)
    status = models.CharField(max_length=16, choices=Status)
    billing_reason = models.CharField(max_length=64, blank=True)
    subtotal_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    amount_due_minor = models.BigIntegerField()
    amount_paid_minor = models.BigIntegerField()
    amount_overpaid_minor = models.BigIntegerField()
    attempt_count = models.BigIntegerField()
    are_lines_truncated = models.BooleanField()
    told_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finalized_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    uncollectible_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the invoice."""
        return self.invoice_id


class InvoicePaymentFact(models.Model):
    """A payment paid an invoice, or a part of it. Neither has to be known yet.

    ``payment`` is a PaymentIntent, or a Charge that has none. ``amount_minor`` is null where Stripe
    does not say how much of the payment went here: before 2025-03-31 it was all of it.
    """

    invoice_id = models.CharField(max_length=255)
    payment = models.CharField(max_length=255, db_index=True)
    amount_minor = models.BigIntegerField(null=True)
    paid_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["invoice_id", "payment"], name="revint_invoice_payment_once")
        ]

    def __str__(self) -> str:
        """Say what paid what."""
        return f"{self.payment} for {self.invoice_id}"


class CreditNoteFact(MoneyScope):
    """What is known of one credit note. Void is final; ``voided_at`` is the earliest evidence.

    Of ``amount_minor`` the part before payment lowered what was asked for; of the part after payment
    some is refunded, ``out_of_band_minor`` was given back outside Stripe, the rest is the customer's credit.
    """

    class Status(models.TextChoices):
        """Whether it holds."""

        ISSUED = "issued"
        VOID = "void"

    credit_note_id = models.CharField(max_length=255, primary_key=True)
    invoice_id = models.CharField(max_length=255, db_index=True)
    status = models.CharField(max_length=16, choices=Status)
    amount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    pre_payment_minor = models.BigIntegerField()
    post_payment_minor = models.BigIntegerField()
    out_of_band_minor = models.BigIntegerField()
    reason = models.CharField(max_length=64, blank=True)
    are_lines_truncated = models.BooleanField()
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the credit note."""
        return self.credit_note_id


class CreditNoteRefund(models.Model):
    """A refund is how a credit note was paid out. The refund posts the money, the credit note does not."""

    credit_note = models.ForeignKey(CreditNoteFact, on_delete=models.CASCADE, related_name="refunds")
    refund_id = models.CharField(max_length=255, db_index=True)

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["credit_note", "refund_id"], name="revint_credit_refund_once")
        ]

    def __str__(self) -> str:
        """Say which refund paid which credit note out."""
        return f"{self.refund_id} of {self.credit_note_id}"
