"""The facts. Money is integer minor units; ``livemode`` and ``account`` are dimensions of all of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from revenue_intel.kit.append_only import AppendOnlyModel


class MoneyScope(models.Model):
    """The dimensions that are never added up: currency, mode and Connect account."""

    currency = models.CharField(max_length=3)
    livemode = models.BooleanField()
    account = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        abstract = True


class Customer(models.Model):
    """One person, under an opaque key. Personal data of facts lives here and nowhere else.

    ``canonical`` is the key under which the person is counted: its own, or that of the
    customer it turned out to be.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    canonical = models.UUIDField(db_index=True)
    email = models.CharField(max_length=320, blank=True)
    name = models.CharField(max_length=255, blank=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Show the opaque key, never the person."""
        return str(self.key)


class CustomerLink(models.Model):
    """A name by which a customer is known: host user id, Stripe customer id or e-mail address."""

    class Kind(models.TextChoices):
        """Whose name it is, strongest first (KPI contract K8)."""

        HOST = "host"
        STRIPE = "stripe"
        EMAIL = "email"

    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=320)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links")
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "value"], name="revint_link_once")
        ]

    def __str__(self) -> str:
        """Name the customer by key; the value may be personal."""
        return f"{self.kind} link of {self.customer_id}"


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


class LedgerEntry(AppendOnlyModel, MoneyScope):
    """One signed amount of money that moved, dated by the earliest evidence.

    A sale is positive, a refund negative, a refund reversal positive. Nothing is changed:
    where later news moves a date, ``reverses`` points to the entry that no longer holds and
    a new version is posted.
    """

    class Kind(models.TextChoices):
        """What kind of money."""

        SALE = "sale"
        REFUND = "refund"
        REFUND_REVERSAL = "refund_reversal"

    key = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=32, choices=Kind)
    object_id = models.CharField(max_length=255)
    amount_minor = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    order_reference = models.CharField(max_length=255, blank=True)
    event_id = models.CharField(max_length=255, blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["currency", "livemode", "account", "occurred_at"], name="revint_ledger_day"),
            models.Index(fields=["kind", "object_id"], name="revint_ledger_object"),
            models.Index(
                fields=["order_reference", "currency", "livemode", "account"], name="revint_ledger_order"
            ),
        ]

    def __str__(self) -> str:
        """Name the entry and its amount."""
        return f"{self.key} {self.amount_minor} {self.currency}"


class OrderFact(MoneyScope):
    """An order as far as money knows it. ``paid_at`` is the instant it was paid, by Stripe's evidence."""

    reference = models.CharField(max_length=255, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="orders")
    total_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    checkout_session = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    unfulfillable_at = models.DateTimeField(null=True)
    canceled_at = models.DateTimeField(null=True)
    fulfilled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["currency", "livemode", "account", "paid_at", "total_minor", "customer"],
                condition=Q(paid_at__isnull=False),
                name="revint_order_paid",
            )
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(refunded_minor__gte=0), name="revint_order_refunded_gte_0")
        ]

    def __str__(self) -> str:
        """Name the order."""
        return self.reference


class OrderLineFact(models.Model):
    """One line of an order; its product's history outlives the product."""

    order = models.ForeignKey(OrderFact, on_delete=models.CASCADE, related_name="lines")
    line_key = models.CharField(max_length=255)
    product_key = models.CharField(max_length=255)
    product_name = models.CharField(max_length=255)
    variant_key = models.CharField(max_length=255, blank=True)
    quantity = models.IntegerField()
    unit_amount_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "line_key"], name="revint_line_once")
        ]

    def __str__(self) -> str:
        """Say what was bought."""
        return f"{self.quantity} × {self.product_name}"


class FunnelStep(models.Model):
    """A customer took a step towards buying: wishlisted, carted, checkout started."""

    class Step(models.TextChoices):
        """The steps before a purchase, which is an order and not a step."""

        WISHLISTED = "wishlisted"
        CARTED = "carted"
        CHECKOUT_STARTED = "checkout_started"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=32, choices=Step)
    subject = models.CharField(max_length=255)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["customer", "step", "subject", "at"], name="revint_step_once")
        ]

    def __str__(self) -> str:
        """Name the step."""
        return f"{self.step} {self.subject}"
