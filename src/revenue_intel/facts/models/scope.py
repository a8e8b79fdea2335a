"""What is never added up."""

from __future__ import annotations

from django.db import models


class MoneyScope(models.Model):
    """The dimensions that are never added up: currency, mode and Connect account."""

    currency = models.CharField(max_length=3)
    livemode = models.BooleanField()
    account = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        abstract = True
