"""Where people pay: Checkout Sessions."""

from __future__ import annotations

from django.db import models


class CheckoutSessionFact(models.Model):
    """What is known of one Checkout Session: it links an order to its payment, and posts no money.

    ``status`` and ``payment_status`` only ever rise.
    """

    class Status(models.TextChoices):
        """Whether the page can still be paid on, weakest first."""

        OPEN = "open"
        EXPIRED = "expired"
        COMPLETE = "complete"

    class PaymentStatus(models.TextChoices):
        """Whether it is paid, weakest first. *Unpaid* of a complete one: the money is on its way, or failed."""

        UNPAID = "unpaid"
        FAILED = "failed"
        NO_PAYMENT_REQUIRED = "no_payment_required"
        PAID = "paid"

    session_id = models.CharField(max_length=255, primary_key=True)
    payment_intent = models.CharField(max_length=255, blank=True, db_index=True)
    order_reference = models.CharField(max_length=255, blank=True, db_index=True)
    status = models.CharField(max_length=32, choices=Status)
    payment_status = models.CharField(max_length=32, choices=PaymentStatus)
    livemode = models.BooleanField()
    account = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the Checkout Session."""
        return self.session_id
