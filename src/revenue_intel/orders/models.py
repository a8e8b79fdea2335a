"""What we have asked of Stripe and may have to ask again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class RefundRequest(models.Model):
    """A refund that somebody asked for: ``refund_id`` once Stripe has made it, ``refused_at`` once it will not.

    While it has neither, its amount counts as refunded, and asking again under its key makes no second one.
    """

    key = models.CharField(max_length=200, unique=True)
    order_reference = models.CharField(max_length=255, db_index=True)
    payment_intent = models.CharField(max_length=255)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=32, blank=True)
    actor = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    refund_id = models.CharField(max_length=255, blank=True)
    refused_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(refund_id="", refused_at=None),
                name="revint_refund_unanswered",
            )
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="revint_refund_asked_gt_0")
        ]

    def __str__(self) -> str:
        """Name the request."""
        return self.key
