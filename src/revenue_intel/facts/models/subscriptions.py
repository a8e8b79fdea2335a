"""Who subscribes to what: the subscription as it stands, and every state it was ever told to be in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.facts.models.people import Customer
from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.kit.append_only import AppendOnlyModel


class SubscriptionStatus(models.TextChoices):
    """Stripe's statuses, in the order in which one of two in the same second wins. The last two are final."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    CANCELED = "canceled"


class SubscriptionFact(MoneyScope):
    """A subscription as it stands: a copy of the standing one of its states, and whose it is.

    ``state_at`` is the instant since which it stands so. ``canceled_at`` is when the end was asked
    for, ``ended_at`` when it came. ``pause_collection`` is the behaviour while invoices are not collected.
    """

    subscription_id = models.CharField(max_length=255, primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="subscriptions")
    status = models.CharField(max_length=32, choices=SubscriptionStatus)
    state_at = models.DateTimeField()
    cancel_at_period_end = models.BooleanField()
    pause_collection = models.CharField(max_length=64, blank=True)
    cancel_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    current_period_start = models.DateTimeField()
    current_period_end = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the subscription."""
        return self.subscription_id


class SubscriptionState(AppendOnlyModel, MoneyScope):
    """What one event said of a subscription. All questions about a day in the past are answered from these.

    ``effective_at`` is the instant from which it holds. ``items`` and ``discounts`` are terms as
    ``facts.terms`` writes them; ``are_items_truncated`` says that Stripe sent the first page only.
    ``digest`` is the fingerprint of all that is said, so that the same said twice is one row.
    """

    subscription = models.ForeignKey(SubscriptionFact, on_delete=models.PROTECT, related_name="+")
    effective_at = models.DateTimeField()
    status = models.CharField(max_length=32, choices=SubscriptionStatus)
    cancel_at_period_end = models.BooleanField()
    pause_collection = models.CharField(max_length=64, blank=True)
    cancel_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    current_period_start = models.DateTimeField()
    current_period_end = models.DateTimeField()
    items = models.JSONField()
    discounts = models.JSONField()
    are_items_truncated = models.BooleanField()
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()
    event_id = models.CharField(max_length=255, blank=True)

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subscription", "effective_at", "digest"], name="revint_subscription_state_once"
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["currency", "livemode", "account", "effective_at"], name="revint_substate_day"
            )
        ]

    def __str__(self) -> str:
        """Say which subscription was in which state."""
        return f"{self.subscription_id} {self.status}"


class CouponFact(models.Model):
    """The terms of a coupon. Events of subscriptions name discounts, and discounts name coupons, without their terms.

    ``terms`` are as ``facts.terms`` writes them; ``created_at`` is when Stripe made the coupon, since one
    that was deleted may be made again under its name.
    """

    coupon_id = models.CharField(max_length=255)
    livemode = models.BooleanField()
    account = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField()
    terms = models.JSONField()

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["coupon_id", "livemode", "account"], name="revint_coupon_once")
        ]

    def __str__(self) -> str:
        """Name the coupon."""
        return self.coupon_id


class DiscountFact(models.Model):
    """Which coupon a discount applies, and until when; ``ends_at`` is null where no end was told."""

    discount_id = models.CharField(max_length=255, primary_key=True)
    coupon_id = models.CharField(max_length=255)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the discount."""
        return self.discount_id
