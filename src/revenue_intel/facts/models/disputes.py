"""What is in dispute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models

from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.facts.models.versions import SCOPE, DisputeVersion, Versioned


class DisputeFact(Versioned, MoneyScope):
    """What is known of one Dispute. Its money is in the ledger by its balance transactions, never by its status.

    ``amount_minor`` is what is disputed, in the currency of the charge.
    """

    dispute_id = models.CharField(max_length=255, primary_key=True)
    payment_intent = models.CharField(max_length=255, blank=True, db_index=True)
    charge = models.CharField(max_length=255, blank=True, db_index=True)
    order_reference = models.CharField(max_length=255, blank=True, db_index=True)
    status = models.CharField(max_length=32)
    status_at = models.DateTimeField()
    reason = models.CharField(max_length=255, blank=True)
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField()

    counted = (*SCOPE, "status", "created_at", "order_reference")
    version_model = DisputeVersion
    version_key = "dispute_id"

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["currency", "livemode", "account", "created_at"], name="revint_dispute_created"
            )
        ]

    @classmethod
    def counts(cls, values: Mapping[str, Any]) -> bool:
        """Count what is more than an inquiry."""
        return not values["status"].startswith("warning")

    def __str__(self) -> str:
        """Name the Dispute."""
        return self.dispute_id
