"""Stored events. The body holds personal data; no other column does."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from django.db import models


class StripeEvent(models.Model):
    """One verified event, stored once per source (the endpoint's name) and event id.

    ``waiting_for`` names the subject that a parked event needs. ``processed_at`` commits together
    with the event's effects. Workers leave the event alone until ``next_attempt_at``, and for good
    once ``dead_at`` is set. ``deliveries`` counts how often the event came in. ``body_sha256`` is the
    digest of the bytes that were signed, and outlives the body. ``twin_id`` is the id of the snapshot event
    that was applied for a thin one.
    """

    class Outcome(models.TextChoices):
        """What became of the event."""

        RECEIVED = "received"
        APPLIED = "applied"
        IGNORED = "ignored"
        PARKED = "parked"
        FAILED = "failed"

    source = models.CharField(max_length=64)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=128)
    api_version = models.CharField(max_length=64, blank=True)
    livemode = models.BooleanField()
    account = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.TextField()
    body_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.RECEIVED)
    reason = models.CharField(max_length=255, blank=True)
    waiting_for = models.CharField(max_length=300, blank=True)
    processed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    deliveries = models.PositiveBigIntegerField(default=1, db_default=1)
    twin_id = models.CharField(max_length=255, blank=True, default="", db_default="")

    #: Not a column: says whether the foreseen outcome of this very object was written, ahead of its effects. None: not tried.
    is_claimed: Callable[[], bool] | None = None

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "event_id"], name="revint_event_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["waiting_for"], condition=models.Q(outcome="parked"), name="revint_event_waiting"
            ),
            models.Index(
                fields=["created_at", "id"],
                condition=models.Q(outcome__in=["received", "parked", "failed"]),
                name="revint_event_due",
            ),
            models.Index(fields=["received_at"], name="revint_event_received"),
            models.Index(fields=["twin_id"], condition=~models.Q(twin_id=""), name="revint_event_twin"),
        ]

    def __str__(self) -> str:
        """Name the event."""
        return f"{self.type} {self.event_id}"


class EventFailure(models.Model):
    """One attempt that failed: the error's class and a short message without personal data."""

    event = models.ForeignKey(StripeEvent, on_delete=models.CASCADE, related_name="failure_log")
    at = models.DateTimeField()
    error_class = models.CharField(max_length=128)
    error_message = models.CharField(max_length=255, blank=True)
    transient = models.BooleanField()

    class Meta:
        app_label = "revenue_intel"

    def __str__(self) -> str:
        """Name the error."""
        return self.error_class


class EventWatermark(models.Model):
    """Up to when Stripe's list of events has been compared with ours, once per account and mode."""

    account = models.CharField(max_length=255, blank=True)
    livemode = models.BooleanField()
    checked_until = models.DateTimeField()

    class Meta:
        app_label = "revenue_intel"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "livemode"], name="revint_watermark_once")
        ]

    def __str__(self) -> str:
        """Name the account and the instant."""
        return f"{self.account or 'own account'} until {self.checked_until:%Y-%m-%d %H:%M:%S}"
