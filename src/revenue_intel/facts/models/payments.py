"""What came in and went back: payments and refunds as Stripe reports them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from revenue_intel.facts.models.scope import MoneyScope


class PaymentFact(MoneyScope):
    """What is known of one PaymentIntent. ``status`` only ever rises: failed → succeeded.

    ``succeeded_at`` is the earliest evidence of success. ``claimed_reference`` is the order that the
    payment says it is for; ``order_reference`` is set once it settles that order.
    """

    class Status(models.TextChoices):
        """How far the payment has come."""

        FAILED = "failed"
        SUCCEEDED = "succeeded"

    payment_intent = models.CharField(max_length=255, primary_key=True)
    status = models.CharField(max_length=16, choices=Status)
    amount_minor = models.BigIntegerField()
    charge = models.CharField(max_length=255, blank=True, db_index=True)
    claimed_reference = models.CharField(max_length=255, blank=True)
    order_reference = models.CharField(max_length=255, blank=True, db_index=True)
    stripe_customer_id = models.CharField(max_length=255, blank=True)
    failure_code = models.CharField(max_length=64, blank=True)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["currency", "livemode", "account", f"{status}_at"],
                condition=Q(status=status),
                name=f"revint_payment_{status}",
            )
            for status in ("succeeded", "failed")
        ]

    def __str__(self) -> str:
        """Name the PaymentIntent."""
        return self.payment_intent


class RefundFact(MoneyScope):
    """What is known of one Refund. ``failed_at`` is the earliest evidence of failure; failure is final."""

    refund_id = models.CharField(max_length=255, primary_key=True)
    payment_intent = models.CharField(max_length=255, blank=True, db_index=True)
    charge = models.CharField(max_length=255, blank=True, db_index=True)
    order_reference = models.CharField(max_length=255, blank=True, db_index=True)
    status = models.CharField(max_length=32)
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the Refund."""
        return self.refund_id
