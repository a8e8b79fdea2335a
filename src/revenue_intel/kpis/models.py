"""What is worked out ahead: a row a closed day, and what became of rows that had to be worked out again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.facts.models import MoneyScope
from revenue_intel.kit.append_only import AppendOnlyModel


class DayRollup(MoneyScope):
    """The numbers of one closed day in one scope: a cache of the facts, never a fact itself.

    The plain columns add up over days. The ``…_by_lag`` columns make counts of different people and
    orders add up too (see ``kpis.lags``): how many the day adds to a window that began so many days before.
    ``number`` is the day counted from 1970-01-01; ``zone`` is where the day began and ended.
    """

    day = models.DateField()
    number = models.IntegerField()
    zone = models.CharField(max_length=64)
    orders = models.BigIntegerField(default=0)
    revenue_minor = models.BigIntegerField(default=0)
    tax_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    discount_minor = models.BigIntegerField(default=0)
    units = models.BigIntegerField(default=0)
    unsplit_orders = models.BigIntegerField(default=0)
    unidentified_orders = models.BigIntegerField(default=0)
    seconds_to_pay = models.BigIntegerField(default=0)
    cohort_refunds_minor = models.BigIntegerField(default=0)
    refunds_minor = models.BigIntegerField(default=0)
    payments_succeeded = models.BigIntegerField(default=0)
    payments_failed = models.BigIntegerField(default=0)
    disputes_minor = models.BigIntegerField(default=0)
    disputes_opened = models.BigIntegerField(default=0)
    credited_minor = models.BigIntegerField(default=0)
    fees_minor = models.BigIntegerField(default=0)
    net_cash_minor = models.BigIntegerField(default=0)
    buyers_by_lag = models.TextField(blank=True)
    first_two_by_lag = models.TextField(blank=True)
    newcomers_by_lag = models.TextField(blank=True)
    refunded_orders_by_lag = models.TextField(blank=True)
    built_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["currency", "livemode", "account", "number"], name="revint_rollup_once"
            )
        ]

    def __str__(self) -> str:
        """Name the day and the scope."""
        return f"{self.day} {self.currency}"


class Restatement(AppendOnlyModel, MoneyScope):
    """A number of a closed day that came out otherwise when the day was worked out again."""

    day = models.DateField()
    metric = models.CharField(max_length=64)
    old = models.BigIntegerField()
    new = models.BigIntegerField()
    cause = models.CharField(max_length=255)
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["currency", "livemode", "account", "day"], name="revint_restated_day")
        ]

    def __str__(self) -> str:
        """Say what changed."""
        return f"{self.day} {self.metric}: {self.old} → {self.new}"
