"""The money ledger."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.kit.append_only import AppendOnlyModel


class LedgerEntry(AppendOnlyModel, MoneyScope):
    """One signed amount of money that moved, dated by the earliest evidence.

    A sale is positive, a refund negative, a refund reversal positive; a dispute negative, its
    reversal positive, a fee that we pay negative. Sales and refunds are in the currency of the
    charge; disputes, fees and adjustments in the currency in which Stripe settled them, for they
    are known in no other. Nothing is changed: where later news moves a date, ``reverses`` points
    to the entry that no longer holds and a new version is posted.
    """

    class Kind(models.TextChoices):
        """What kind of money."""

        SALE = "sale"
        REFUND = "refund"
        REFUND_REVERSAL = "refund_reversal"
        DISPUTE = "dispute"
        DISPUTE_REVERSAL = "dispute_reversal"
        FEE = "fee"
        ADJUSTMENT = "adjustment"
        CREDIT_NOTE = "credit_note"
        CREDIT_NOTE_REVERSAL = "credit_note_reversal"

    key = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=32, choices=Kind)
    object_id = models.CharField(max_length=255)
    amount_minor = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    order_reference = models.CharField(max_length=255, blank=True)
    event_id = models.CharField(max_length=255, blank=True)
    label = models.CharField(max_length=255, blank=True, default="")
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
