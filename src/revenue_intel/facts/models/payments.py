"""What came in and went back: payments and refunds as Stripe reports them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.db import models
from django.db.models import Q

from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.facts.models.versions import SCOPE, PaymentVersion, Versioned

#: When the state of a payment was told of which it is not known when: any news is newer.
BEFORE_ALL_NEWS: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PaymentFact(Versioned, MoneyScope):
    """What is known of one payment: a PaymentIntent, or a Charge that has none.

    ``payment_intent`` is the id of either. ``status`` is the newest of the open states, ties by their
    order here; *canceled* beats all of those, and *succeeded* beats everything. ``succeeded_at`` is
    the earliest evidence of success. ``claimed_reference`` is the order that the payment says it is
    for; ``order_reference`` is set once it settles that order. ``is_from_host``: all of it is the host's
    word (backfill), and gives way to Stripe's.
    """

    class Status(models.TextChoices):
        """How far the payment has come, weakest first."""

        CREATED = "created"
        REQUIRES_ACTION = "requires_action"
        PROCESSING = "processing"
        PARTIALLY_FUNDED = "partially_funded"
        REQUIRES_CAPTURE = "requires_capture"
        FAILED = "failed"
        CANCELED = "canceled"
        SUCCEEDED = "succeeded"

    payment_intent = models.CharField(max_length=255, primary_key=True)
    status = models.CharField(max_length=32, choices=Status)
    status_at = models.DateTimeField(default=BEFORE_ALL_NEWS)
    amount_minor = models.BigIntegerField()
    charge = models.CharField(max_length=255, blank=True, db_index=True)
    claimed_reference = models.CharField(max_length=255, blank=True)
    order_reference = models.CharField(max_length=255, blank=True, db_index=True)
    stripe_customer_id = models.CharField(max_length=255, blank=True)
    failure_code = models.CharField(max_length=64, blank=True)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    is_from_host = models.BooleanField(default=False)

    #: Not a column: whether this very object was recorded as the first news of the payment.
    is_new = False
    counted = (*SCOPE, "succeeded_at", "failed_at", "failure_code", "amount_minor")
    version_model = PaymentVersion
    version_key = "payment_intent"

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["currency", "livemode", "account", "succeeded_at"],
                condition=Q(succeeded_at__isnull=False),
                name="revint_payment_succeeded",
            ),
            models.Index(
                fields=["currency", "livemode", "account", "failed_at"],
                condition=Q(failed_at__isnull=False, succeeded_at__isnull=True),
                name="revint_payment_failed",
            ),
        ]

    @classmethod
    def counts(cls, values: Mapping[str, Any]) -> bool:
        """Count what succeeded or failed."""
        return values["succeeded_at"] is not None or values["failed_at"] is not None

    def __str__(self) -> str:
        """Name the payment."""
        return self.payment_intent


class ChargeFact(MoneyScope):
    """What is known of one Charge, beside its money: that is the payment's. ``status`` only ever rises."""

    class Status(models.TextChoices):
        """How far the charge has come, weakest first: one that fails after it succeeded has failed."""

        PENDING = "pending"
        AUTHORIZED = "authorized"
        EXPIRED = "expired"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    charge = models.CharField(max_length=255, primary_key=True)
    payment_intent = models.CharField(max_length=255, blank=True, db_index=True)
    status = models.CharField(max_length=32, choices=Status)
    amount_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField()
    balance_transaction = models.CharField(max_length=255, blank=True)
    failure_code = models.CharField(max_length=255, blank=True)
    outcome_type = models.CharField(max_length=255, blank=True)
    outcome_reason = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the Charge."""
        return self.charge


class RefundFact(MoneyScope):
    """What is known of one Refund. ``failed_at`` is the earliest evidence of failure; failure is final.

    ``is_uncaptured``: it gave back what had only been authorised (a partial capture before API version
    2025-03-31): no money moved, and nothing is posted.
    """

    refund_id = models.CharField(max_length=255, primary_key=True)
    payment_intent = models.CharField(max_length=255, blank=True, db_index=True)
    charge = models.CharField(max_length=255, blank=True, db_index=True)
    order_reference = models.CharField(max_length=255, blank=True, db_index=True)
    status = models.CharField(max_length=32)
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)
    is_uncaptured = models.BooleanField(default=False)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the Refund."""
        return self.refund_id
