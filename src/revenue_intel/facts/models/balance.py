"""What Stripe booked on the account's balance, and what it paid out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from revenue_intel.facts.models.scope import MoneyScope
from revenue_intel.facts.models.versions import recorded_now
from revenue_intel.kit.append_only import AppendOnlyModel


class BalanceTransactionFact(MoneyScope):
    """One booking on the balance, in the currency of settlement: ``net_minor`` = ``amount_minor`` - ``fee_minor``.

    Nothing of it ever changes but its way to the bank: it becomes available, and is paid out.
    """

    transaction_id = models.CharField(max_length=255, primary_key=True)
    type = models.CharField(max_length=255)
    reporting_category = models.CharField(max_length=255)
    source = models.CharField(max_length=255, blank=True, db_index=True)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    exchange_rate = models.DecimalField(max_digits=24, decimal_places=12, null=True)
    created_at = models.DateTimeField()
    available_on = models.DateTimeField()
    is_available = models.BooleanField(default=False)
    payout = models.CharField(max_length=255, blank=True, db_index=True)
    recorded_at = models.DateTimeField(default=recorded_now)

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["livemode", "account", "created_at"], name="revint_balance_created")
        ]

    def __str__(self) -> str:
        """Name the balance transaction."""
        return self.transaction_id


class BalanceCursor(models.Model):
    """How far an account's balance transactions have been read: all between the two instants are here."""

    livemode = models.BooleanField()
    account = models.CharField(max_length=255, blank=True, default="")
    complete_since = models.DateTimeField(null=True)
    complete_until = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["livemode", "account"], name="revint_cursor_once")
        ]

    def __str__(self) -> str:
        """Name the account."""
        return f"{self.account or 'own account'}, {'live' if self.livemode else 'test'}"


class BalanceReading(AppendOnlyModel):
    """How far an account's balance transactions had been read since ``recorded_at``: a row each time they were."""

    livemode = models.BooleanField()
    account = models.CharField(max_length=255, blank=True, default="")
    complete_since = models.DateTimeField(null=True)
    complete_until = models.DateTimeField()
    recorded_at = models.DateTimeField(default=recorded_now)

    class Meta:
        app_label = "revenue_intel"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["livemode", "account", "recorded_at"], name="revint_balance_reading")
        ]

    def __str__(self) -> str:
        """Name the account, and how far it had been read."""
        return f"{self.account or 'own account'}, {'live' if self.livemode else 'test'}, until {self.complete_until}"


class PayoutFact(MoneyScope):
    """What is known of one payout to the bank. It moves no sales. ``status`` only ever rises.

    ``is_reconciled``: Stripe knows all that is in it. ``linked_at``: when its balance transactions were read and marked as paid out with it.
    """

    class Status(models.TextChoices):
        """How far the payout has come, weakest first: one that was paid can still fail."""

        PENDING = "pending"
        IN_TRANSIT = "in_transit"
        PAID = "paid"
        CANCELED = "canceled"
        FAILED = "failed"

    payout_id = models.CharField(max_length=255, primary_key=True)
    status = models.CharField(max_length=32, choices=Status)
    amount_minor = models.BigIntegerField()
    automatic = models.BooleanField()
    is_reconciled = models.BooleanField()
    balance_transaction = models.CharField(max_length=255, blank=True)
    failure_balance_transaction = models.CharField(max_length=255, blank=True)
    failure_code = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    arrives_at = models.DateTimeField()
    linked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the payout."""
        return self.payout_id
