"""Items with one count of pieces, and a ledger whose key makes a second taking fail."""

from __future__ import annotations

from django.db import models


class Item(models.Model):
    """What is sold."""

    name = models.CharField(max_length=200)
    stock = models.PositiveIntegerField()

    class Meta:
        app_label = "shelf"

    def __str__(self) -> str:
        return self.name


class Taking(models.Model):
    """A row of the hand-written ledger."""

    key = models.CharField(max_length=300, unique=True)
    item = models.BigIntegerField()
    quantity = models.IntegerField()
    order_reference = models.CharField(max_length=255, db_index=True)
    at = models.DateTimeField()

    class Meta:
        app_label = "shelf"

    def __str__(self) -> str:
        return self.key
