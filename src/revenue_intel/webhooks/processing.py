"""Processing: an event's effects and its ``processed_at`` commit together, under a lock on its row.

A failure rolls the effects back and is recorded in a transaction of its own. Whether trying
again can help is decided here: ``transient`` is for the caller who can ask Stripe to deliver again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from functools import partial
from typing import Any, Final, TypeAlias

from django.db import Error, InterfaceError, OperationalError

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import GatewayUnreachableError
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.kit import clock, transactions
from revenue_intel.kit.rows import update_later
from revenue_intel.webhooks import endpoints, envelopes, locks, pauses, registry, retention, thin
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from revenue_intel.webhooks.selectors import Position, ask_waiting_for

logger = logging.getLogger(__name__)

Outcome = StripeEvent.Outcome
Finder: TypeAlias = Callable[[], list[int]]
SETTLED: Final = frozenset({Outcome.APPLIED, Outcome.IGNORED})
ISSUE_KIND = "event_failed"


class _NotNewError(Exception):
    """Somebody else was first to try a new event: what was done on its claim is undone."""


class Cause(Enum):
    """Why an event is tried."""

    ARRIVAL = auto()  # it was delivered, or what it waited for has arrived
    TURN = auto()  # it is due, and a worker has claimed it
    REPLAY = auto()  # somebody asked for it, whatever has become of it


@dataclass(frozen=True, kw_only=True)
class Processed:
    """How an event stands after an attempt."""

    outcome: str
    transient: bool = False


@dataclass(frozen=True, kw_only=True)
class Claimed(Processed):
    """A due event that was claimed and tried, and its place in the line."""

    pk: int
    position: Position


@dataclass(frozen=True, kw_only=True)
class _Attempt:
    """What one transaction came to; ``row`` is the event as it was locked, None where there was none."""

    row: StripeEvent | None
    processed: Processed
    #: Looks up what waited for what it brought.
    find_waiting: Finder = list


def process(pk: int, *, cause: Cause = Cause.ARRIVAL, new: StripeEvent | None = None) -> Processed:
    """Apply the stored event ``pk`` once, then every parked event that waited for what it brought.

    Settled or not, a replay runs it through its handler: that changes nothing where it was applied, and it
    stays applied whatever happens now. Otherwise its endpoint is asked again whether it takes it. Never raises for
    what an event or the database does: the outcome says it.

    Args:
        pk: its row.
        cause: why it is tried.
        new: the event as the caller has just stored it, to spare reading it.
    """
    lock = partial(locks.lock_event, pk=pk) if new is None else partial(_claim, new)
    return _follow_up(pk, _attempt(lock, pk=pk, cause=cause), cause=cause)


def process_next(*, due_at: datetime, after: Position | None = None) -> Claimed | None:
    """Claim the next event that is due and that no other worker holds, and process it; None where there is none.

    Claim and effects are one transaction: a worker that is killed has claimed nothing.

    Args:
        due_at: what was due then; an event that is put off meanwhile is not tried twice.
        after: the place in the line behind which to look.

    Raises:
        Error: the database could not say which event is due.
    """
    attempt = _attempt(partial(locks.lock_due_event, now=due_at, after=after), cause=Cause.TURN)
    if attempt.row is None:
        return None
    row = attempt.row
    processed = _follow_up(row.pk, attempt, cause=Cause.TURN)
    return Claimed(
        pk=row.pk,
        position=(row.created_at, row.pk),
        outcome=processed.outcome,
        transient=processed.transient,
    )


def _claim(new: StripeEvent) -> StripeEvent:
    """Return a new event, locked, and its foreseen outcome written, with the next statement: ``is_claimed`` says if it was."""
    foreseen = registry.foresee(new.type)
    row = copy(new)  # this may be tried again
    row.is_claimed = locks.claim_new_event(
        new, outcome=foreseen.outcome, reason=foreseen.reason, at=clock.now()
    )
    return row


def _follow_up(pk: int, attempt: _Attempt, *, cause: Cause) -> Processed:
    if attempt.processed.outcome == Outcome.PARKED:
        # Its subject may have arrived between our look and our commit; then nobody else will wake it.
        attempt = _attempt(partial(locks.lock_event, pk=pk), pk=pk, cause=cause)
    _wake(attempt.find_waiting)
    return attempt.processed


def wake(brought: tuple[str, ...]) -> None:
    """Apply what waited for the subjects that have arrived, and so on; where it cannot be looked up, a worker will find it."""
    _wake(lambda: ask_waiting_for(brought)())


def _wake(find_waiting: Finder) -> None:
    arrived = [find_waiting]
    while arrived:
        try:
            waiting = arrived.pop(0)()
        except Error:
            logger.exception("What waited for what has arrived could not be looked up.")
            return
        arrived += [_attempt(partial(locks.lock_event, pk=pk), pk=pk).find_waiting for pk in waiting]


def _attempt(
    lock: Callable[[], StripeEvent | None], *, pk: int | None = None, cause: Cause = Cause.ARRIVAL
) -> _Attempt:
    """Lock an event and apply it in one transaction; a failure of its effects is recorded in another."""
    locked: list[StripeEvent] = []

    def work(twin: dict[str, Any] | None = None) -> tuple[registry.Result, Finder] | None:
        locked.clear()
        row = lock()
        if row is None:
            return None
        locked.append(row)
        result = _apply(row, cause=cause, twin=twin)
        if row.is_claimed is not None and not row.is_claimed():
            raise _NotNewError
        return result, ask_waiting_for(result.brings)

    try:
        try:
            done = transactions.run(work)
        except _NotNewError:
            lock = partial(locks.lock_event, pk=locked[0].pk)
            done = transactions.run(work)
        except thin.TwinNeeded as needed:  # Stripe is asked between two transactions, never within one
            lock = partial(locks.lock_event, pk=locked[0].pk)
            done = transactions.run(partial(work, needed.fetch()))
    except Exception as error:
        pk = locked[0].pk if locked else pk
        if pk is None:
            raise
        log_failure(locked[0] if locked else f"in row {pk}", "could not be applied", error)
        record_failure(pk, error, cause=cause)
        failed = Processed(outcome=Outcome.FAILED, transient=_is_transient(error))
        return _Attempt(row=locked[0] if locked else None, processed=failed)
    if done is None:
        return _Attempt(row=None, processed=Processed(outcome=""))
    result, find_waiting = done
    return _Attempt(row=locked[0], processed=Processed(outcome=result.outcome), find_waiting=find_waiting)


def _apply(row: StripeEvent, *, cause: Cause, twin: dict[str, Any] | None = None) -> registry.Result:
    """Apply the locked event within the caller's transaction; one that is settled is left alone.

    ``twin`` is a thin event's snapshot event, once it is fetched.
    """
    if row.outcome in SETTLED and cause is not Cause.REPLAY:
        return registry.Result(outcome=Outcome(row.outcome))
    refusal = _find_refusal(row) if cause is Cause.REPLAY else ""
    result = registry.ignored(refusal) if refusal else registry.handle(_read(row, twin))
    is_as_before = (row.outcome, row.reason) == (Outcome.IGNORED, result.reason)
    if row.outcome == Outcome.APPLIED or (is_as_before and result.outcome == Outcome.IGNORED):
        return result
    foreseen, is_foreseen = registry.foresee(row.type), row.is_claimed is not None
    if is_foreseen and (result.outcome, result.reason) == (foreseen.outcome, foreseen.reason):
        return result
    row.outcome, row.reason, row.waiting_for = result.outcome, result.reason, result.waiting_for
    now = clock.now()
    is_parked = result.outcome == Outcome.PARKED
    row.processed_at = None if is_parked else now
    # One that has just been parked is a worker's at once; the worker then puts it off.
    pause = pauses.while_parked(since=row.received_at, now=now) if is_parked and cause is Cause.TURN else None
    row.next_attempt_at = now + pause if pause else None
    row.dead_at = None
    changed = ["outcome", "reason", "waiting_for", "processed_at", "next_attempt_at", "dead_at"]
    if row.twin_id:
        changed.append("twin_id")
    if is_parked and is_foreseen:
        changed.append("body")  # it is needed yet, whoever it names
    elif not (is_parked or is_foreseen):
        retention.drop_if_forgotten(row)
    update_later(row, changed)
    if row.failures:
        resolve_issue(kind=ISSUE_KIND, subject=row.event_id)
    return result


def _find_refusal(row: StripeEvent) -> str:
    """Return why the endpoint by which the event came does not take it, as it is configured now."""
    if row.outcome == Outcome.APPLIED:
        return ""  # it stays applied
    return endpoints.find_refusal_now(
        source=row.source, livemode=row.livemode, account=row.account, refused=row.reason
    )


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


def _is_transient(error: Exception) -> bool:
    return isinstance(error, OperationalError | InterfaceError | GatewayUnreachableError)


def log_failure(event: StripeEvent | str, what: str, error: Exception) -> None:
    """Log in one line what failed about an event; with the traceback where the error is none of ours, which say it all."""
    why = _own_words(error)
    logger.error(
        "Stripe event %s %s (%s)%s",
        event,
        what,
        type(error).__name__,
        f": {why}" if why else ".",
        exc_info=None if why else error,
    )


def _own_words(error: Exception) -> str:
    """Return the message of an error of ours. Those of others may quote personal data, and are not kept."""
    return str(error)[:255] if type(error).__module__.startswith("revenue_intel.") else ""


def record_failure(pk: int, error: Exception, *, cause: Cause = Cause.TURN) -> None:
    """Keep the trail of a failed attempt; where even that fails, the log has it."""
    try:
        transactions.run(partial(_write_failure, pk, error, cause=cause))
    except Exception:
        logger.exception("The failure of Stripe event in row %s could not be recorded.", pk)


def _write_failure(pk: int, error: Exception, *, cause: Cause) -> None:
    row = locks.lock_event(pk=pk)
    if row.outcome == Outcome.APPLIED or (row.outcome == Outcome.IGNORED and cause is not Cause.REPLAY):
        return  # another attempt has succeeded, now or before
    now = clock.now()
    EventFailure.objects.create(
        event=row,
        at=now,
        error_class=type(error).__name__[:128],
        error_message=_own_words(error),
        transient=_is_transient(error),
    )
    row.outcome, row.failures, row.waiting_for = Outcome.FAILED, row.failures + 1, ""
    row.next_attempt_at = now + pauses.after_failure(row.failures)
    row.dead_at = now if row.failures >= conf.EVENT_MAX_ATTEMPTS else None
    row.save(update_fields=["outcome", "failures", "waiting_for", "next_attempt_at", "dead_at"])
    open_issue(
        kind=ISSUE_KIND,
        subject=row.event_id,
        title=f"{row.type} could not be applied ({type(error).__name__})",
        detail={"type": row.type, "error": type(error).__name__},
    )
