"""Who: customers under opaque keys, and the names by which they are known."""

from __future__ import annotations

import uuid
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

#: Turned out to be somebody else.
JOINED: Final = ~Q(key=F("canonical"))


class Customer(models.Model):
    """One person, under an opaque key. Personal data of facts lives here and nowhere else.

    ``canonical`` is the key under which the person is counted: its own, or that of the
    customer it turned out to be. ``erased_number`` is set where the person has been forgotten.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    canonical = models.UUIDField()
    email = models.CharField(max_length=320, blank=True)
    name = models.CharField(max_length=255, blank=True)
    erased_number = models.PositiveBigIntegerField(null=True)

    #: Not a column: whether this very object was made for somebody of whom nothing at all was known.
    is_new = False

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["canonical", "key"], name="revint_customer_canonical"),
            # Those who turned out to be somebody else are few: reports look for nobody else in these.
            models.Index(fields=["key", "canonical"], condition=JOINED, name="revint_customer_joined"),
            models.Index(fields=["canonical", "key"], condition=JOINED, name="revint_customer_joined_to"),
        ]

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


class ErasedName(models.Model):
    """A name of somebody who has been forgotten, as a keyed digest: it is known again, and cannot be read.

    Of the kind ``THING`` it is the name of what is theirs: an id at Stripe, or an order's reference.
    """

    THING = "thing"

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8, choices=[*CustomerLink.Kind.choices, (THING, "Thing")])
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="erased_names")
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the customer by key."""
        return f"{self.kind} name of {self.customer_id}, erased"
