"""Processing: an event's effects and its ``processed_at`` commit together, under a lock on its row.

A failure rolls the effects back and is recorded in a transaction of its own. Whether trying
again can help is decided here: ``transient`` is for the caller who can ask Stripe to deliver again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import Error, InterfaceError, OperationalError

from revenue_intel.exceptions import GatewayUnreachableError
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.kit import clock, transactions
from revenue_intel.webhooks import envelopes, locks, registry, retention, thin
from revenue_intel.webhooks.models import EventFailure, StripeEvent

logger = logging.getLogger(__name__)

Outcome = StripeEvent.Outcome
ISSUE_KIND = "event_failed"


@dataclass(frozen=True, kw_only=True)
class Processed:
    """How an event stands after an attempt."""

    outcome: str
    transient: bool = False


def process(pk: int) -> Processed:
    """Apply the stored event ``pk`` once, then every parked event that waited for what it brought.

    Never raises for what an event or the database does: the outcome says it.
    """
    processed, brought = _attempt(pk)
    if processed.outcome == Outcome.PARKED:
        # Its subject may have arrived between our look and our commit; then nobody else will wake it.
        processed, brought = _attempt(pk)
    while brought:
        arrived, brought = brought, ()
        for waiting_pk in _waiting_for(arrived):
            brought += _attempt(waiting_pk)[1]
    return processed


def unapplied_events() -> list[int]:
    """Return the events that still want applying, oldest first."""
    wanting = StripeEvent.objects.filter(outcome__in=[Outcome.RECEIVED, Outcome.PARKED, Outcome.FAILED])
    return list(wanting.order_by("created_at", "pk").values_list("pk", flat=True))


def _attempt(pk: int) -> tuple[Processed, tuple[str, ...]]:
    try:
        try:
            result = transactions.run(partial(_apply, pk))
        except thin.TwinNeeded as needed:  # Stripe is asked between two transactions, never within one
            result = transactions.run(partial(_apply, pk, needed.fetch()))
    except Exception as error:
        logger.exception("Stripe event in row %s could not be applied.", pk)
        transient = isinstance(error, OperationalError | InterfaceError | GatewayUnreachableError)
        _record_failure(pk, error, transient=transient)
        return Processed(outcome=Outcome.FAILED, transient=transient), ()
    return Processed(outcome=result.outcome), result.brings


def _apply(pk: int, twin: dict[str, Any] | None = None) -> registry.Result:
    """Apply the event within the caller's transaction; one that is settled is left alone.

    ``twin`` is a thin event's snapshot event, once it is fetched.
    """
    row = locks.lock_event(pk=pk)
    if row.outcome in {Outcome.APPLIED, Outcome.IGNORED}:
        return registry.Result(outcome=Outcome(row.outcome))
    result = registry.handle(_read(row, twin))
    row.outcome, row.reason, row.waiting_for = result.outcome, result.reason, result.waiting_for
    row.processed_at = None if result.outcome == Outcome.PARKED else clock.now()
    row.save(update_fields=["outcome", "reason", "waiting_for", "processed_at"])
    if row.failures:
        resolve_issue(kind=ISSUE_KIND, subject=row.event_id)
    return result


def _read(row: StripeEvent, twin: dict[str, Any] | None) -> registry.Event:
    content = retention.content_of(row)
    if content["object"] == envelopes.THIN:
        return thin.event_of(row, content, twin)
    return registry.Event(
        id=row.event_id,
        type=row.type,
        created=row.created_at,
        livemode=row.livemode,
        account=row.account,
        object=content["data"]["object"],
    )


def _waiting_for(subjects: tuple[str, ...]) -> list[int]:
    parked = StripeEvent.objects.filter(outcome=Outcome.PARKED, waiting_for__in=subjects)
    return list(parked.order_by("created_at", "pk").values_list("pk", flat=True))


def _record_failure(pk: int, error: Exception, *, transient: bool) -> None:
    """Keep the trail of a failed attempt; where even that fails, the log has it."""
    try:
        transactions.run(partial(_write_failure, pk, error, transient=transient))
    except Error:
        logger.exception("The failure of Stripe event in row %s could not be recorded.", pk)


def _write_failure(pk: int, error: Exception, *, transient: bool) -> None:
    row = locks.lock_event(pk=pk)
    if row.outcome in {Outcome.APPLIED, Outcome.IGNORED}:
        return  # another attempt has succeeded meanwhile
    # Only our own messages are kept: those of others may quote personal data.
    ours = type(error).__module__.startswith("revenue_intel.")
    EventFailure.objects.create(
        event=row,
        at=clock.now(),
        error_class=type(error).__name__[:128],
        error_message=str(error)[:255] if ours else "",
        transient=transient,
    )
    row.outcome, row.failures, row.waiting_for = Outcome.FAILED, row.failures + 1, ""
    row.save(update_fields=["outcome", "failures", "waiting_for"])
    open_issue(
        kind=ISSUE_KIND,
        subject=row.event_id,
        title=f"{row.type} could not be applied ({type(error).__name__})",
        detail={"type": row.type, "error": type(error).__name__},
    )
