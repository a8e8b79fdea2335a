"""The movement ledger. The counters on the host's rows are caches of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.kit.append_only import AppendOnlyModel


class StockMovement(AppendOnlyModel):
    """One change of one stock row: ``quantity`` whole pieces, signed as it changed what is available."""

    class Kind(models.TextChoices):
        """Why it changed. ``opening`` is what a row held when we first touched it."""

        OPENING = "opening"
        COMMIT = "commit"
        PREORDER = "preorder"

    key = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=16, choices=Kind)
    model = models.CharField(max_length=100)
    row = models.CharField(max_length=100)
    field = models.CharField(max_length=64)
    quantity = models.IntegerField()
    order_reference = models.CharField(max_length=255, blank=True)
    event_id = models.CharField(max_length=255, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["model", "row", "field"], name="revint_stock_row"),
            models.Index(fields=["order_reference"], name="revint_stock_order"),
        ]
