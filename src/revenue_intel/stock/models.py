"""The movement ledger. The counters on the host's rows are caches of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.kit.append_only import AppendOnlyModel


class StockMovement(AppendOnlyModel):
    """One change of one stock row, in whole pieces.

    ``quantity`` is how ``field`` changed, ``held`` how the pieces held for orders changed: the sum of
    a row's ``held`` is its ``reserved_field``, where the host has one. ``pieces`` is how many pieces
    it speaks of, never negative. The signs are one table: ``stock/signs.py``.
    """

    class Kind(models.TextChoices):
        """Why it changed. ``opening`` is what a row held when we first touched it."""

        OPENING = "opening"
        RECEIVE = "receive"
        RESERVE = "reserve"
        COMMIT = "commit"
        RELEASE = "release"
        EXPIRE = "expire"
        RESTOCK = "restock"
        ADJUST = "adjust"
        PREORDER = "preorder"

    key = models.CharField(max_length=300)
    kind = models.CharField(max_length=16, choices=Kind)
    model = models.CharField(max_length=100)
    row = models.CharField(max_length=100)
    field = models.CharField(max_length=64)
    reserved_field = models.CharField(max_length=64, blank=True, default="")
    quantity = models.BigIntegerField()
    held = models.BigIntegerField(default=0)
    pieces = models.BigIntegerField(default=0)
    order_reference = models.CharField(max_length=255, blank=True)
    line_key = models.CharField(max_length=100, blank=True, default="")
    cause = models.CharField(max_length=255, blank=True, default="")
    event_id = models.CharField(max_length=255, blank=True)
    expires_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        # ``unique=True`` would make a second index on PostgreSQL, for LIKE, which nobody asks here.
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key"], name="revint_stock_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["model", "row", "field"], name="revint_stock_row"),
            models.Index(fields=["order_reference"], name="revint_stock_order"),
        ]


class StockReservation(models.Model):
    """An order that holds pieces, and until when. A cache of the ledger: gone with the last piece held."""

    order_reference = models.CharField(max_length=255)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order_reference"], name="revint_reservation_order"),
        ]

    def __str__(self) -> str:
        return self.order_reference
