"""The steps towards buying."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.facts.models.people import Customer
from revenue_intel.facts.models.versions import recorded_now


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
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=recorded_now)

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["step", "at", "customer"], name="revint_step_at")
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["customer", "step", "subject", "at"], name="revint_step_once")
        ]

    def __str__(self) -> str:
        """Name the step."""
        return f"{self.step} {self.subject}"
