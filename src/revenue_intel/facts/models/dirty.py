"""Days whose numbers may have changed after they were closed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.facts.models.scope import MoneyScope


class DirtyDay(MoneyScope):
    """A closed day about which a fact has come, or changed: what was worked out for it no longer holds.

    Rows are only ever added, each in the transaction of its fact, so that no two workers wait for one
    another here; whoever works the day out again takes them away. The day is the one that holds the
    instant ``at``, in whatever zone days are cut. Today is never here: it is always worked out from the facts.
    """

    at = models.DateTimeField()
    cause = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["currency", "livemode", "account", "at"], name="revint_dirty_day")
        ]

    def __str__(self) -> str:
        """Name the day and the cause."""
        return f"{self.at} {self.currency}: {self.cause}"
