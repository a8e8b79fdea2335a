"""How facts counted before they were changed, so that a report can be made again as it was known (``known_at``).

A row counts as it stands since its ``recorded_at``. When that changes, what it said before is kept as a version, which
counted from ``recorded_at`` until ``superseded_at``. What never counted leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db import models, router

from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.kit import clock
from revenue_intel.kit.append_only import AppendOnlyModel
from revenue_intel.kit.inserts import insert_later
from revenue_intel.kit.rows import read_rows, update_later
from revenue_intel.kit.together import send_now


def recorded_now() -> datetime:
    """Return the instant at which a row is recorded."""
    return clock.now()


#: The scope, which every fact about money counts by.
SCOPE: Final = ("currency", "livemode", "account")


class Versioned(models.Model):
    """A fact that changes in place and keeps its versions: every change of it goes through ``save``.

    ``counted`` names what reports read of it, ``version_model`` where its versions are kept, with the key in ``version_key``.
    """

    recorded_at = models.DateTimeField(default=recorded_now)

    counted: ClassVar[tuple[str, ...]]
    version_model: ClassVar[type[models.Model]]
    version_key: ClassVar[str]

    #: Not a column: what the row said when it was locked, until it is saved.
    _remembered: dict[str, Any] | None = None

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and keep what counted before where this says something else. Of named fields no signals are sent."""
        written = kwargs.get("update_fields")
        if self.pk is None and not self._state.adding:
            send_now(using=router.db_for_write(type(self)))  # its insert waits, and sets its key
        if not self._state.adding and (written is None or not self._is_untouched(written)):
            before = self._stored()
            if any(getattr(self, name) != before[name] for name in self.counted):
                now = clock.now()
                if self.counts(before):
                    insert_later(
                        [self.version_model(**before, **{self.version_key: self.pk}, superseded_at=now)]
                    )
                self.recorded_at = now
                if written is not None:
                    written = {*written, "recorded_at"}
        if written is None or self._state.adding:
            super().save(*args, **kwargs)
        else:
            update_later(self, sorted(written))
        self._remembered = None

    def remember(self) -> None:
        """Take what this object says for what its row does: it has just been read under its lock."""
        self._remembered = {name: getattr(self, name) for name in (*self.counted, "recorded_at")}

    @classmethod
    def counts(cls, values: Mapping[str, Any]) -> bool:
        """Say whether a report counts a row that says this."""
        raise NotImplementedError

    def _is_untouched(self, written: Iterable[str]) -> bool:
        """Say whether nothing that reports read is among the fields written."""
        fields: Any = [self._meta.get_field(name) for name in written]
        return set(self.counted).isdisjoint(field.attname for field in fields)

    def _stored(self) -> dict[str, Any]:
        """Return what the row says in the database."""
        if self._remembered is not None:
            return self._remembered
        using = router.db_for_write(type(self), instance=self)
        ((row, _),) = read_rows(type(self), f'WHERE t."{self._meta.pk.column}" = %s', [self.pk], using=using)
        return {name: getattr(row, name) for name in (*self.counted, "recorded_at")}


class OrderVersion(AppendOnlyModel, MoneyScope):
    """How a paid order counted for a while."""

    order_id = models.BigIntegerField()
    customer_id = models.UUIDField(null=True)
    total_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    shipping_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the order, and until when it counted so."""
        return f"order {self.order_id} until {self.superseded_at}"


class PaymentVersion(AppendOnlyModel, MoneyScope):
    """How a payment that had succeeded or failed counted for a while.

    ``failure_code`` and ``amount_minor`` are None where it was kept before they were (migration 0018).
    """

    payment_intent = models.CharField(max_length=255)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=64, null=True)  # noqa: DJ001 - None is not the empty code
    amount_minor = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the payment, and until when it counted so."""
        return f"{self.payment_intent} until {self.superseded_at}"


class DisputeVersion(AppendOnlyModel, MoneyScope):
    """How a dispute counted for a while."""

    dispute_id = models.CharField(max_length=255)
    status = models.CharField(max_length=32)
    order_reference = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the dispute, and until when it counted so."""
        return f"{self.dispute_id} until {self.superseded_at}"


class CustomerVersion(AppendOnlyModel):
    """Under which key a customer was counted until it turned out to be somebody known."""

    customer_key = models.UUIDField()
    canonical = models.UUIDField()
    superseded_at = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer_key", "superseded_at"], name="revint_customer_version")
        ]

    def __str__(self) -> str:
        """Name the customer by key."""
        return f"{self.customer_key} until {self.superseded_at}"
