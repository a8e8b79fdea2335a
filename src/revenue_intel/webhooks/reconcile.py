"""Comparing Stripe's list of events with ours: what is there and not here is a gap, and is taken in.

The list is walked a day at a time, oldest day first, and the watermark moves up after each: a walk that breaks off
goes on where it stood. What comes in this way needs no signature, since it was asked for with our own key.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from revenue_intel.conf import LIVE_PREFIXES
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import MalformedEventError, RateLimitedError
from revenue_intel.gateway import reading
from revenue_intel.issues.models import Issue
from revenue_intel.issues.selectors import open_issues
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.kit import clock
from revenue_intel.webhooks import intake, processing, registry
from revenue_intel.webhooks.endpoints import LISTED
from revenue_intel.webhooks.models import EventWatermark, StripeEvent

ISSUE_KIND: Final = "event_gap"
#: Where a snapshot event's id is found: it came itself, or a thin event for which it was applied.
ID_FIELDS: Final = ("event_id", "twin_id")
#: How far back Stripe lists events.
HORIZON: Final = timedelta(days=30)
#: What is looked at again: an event may appear in the list a little after it was created.
OVERLAP: Final = timedelta(minutes=5)
STEP: Final = timedelta(days=1)
#: How often one page is asked for while Stripe says that it is asked too often, and the longest wait between.
TRIES: Final = 8
LONGEST_WAIT_SECONDS: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Gap:
    """An event that Stripe has and we had not. ``outcome`` is empty where it is still missing."""

    event_id: str
    type: str
    created: int
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What is to be compared for one account: from ``since`` until ``until``.

    ``lost_since`` is set where the comparison should begin earlier than Stripe's list does. ``moves_watermark``:
    nothing lies between the watermark and ``since``.
    """

    account: str
    livemode: bool
    since: datetime
    until: datetime
    lost_since: datetime | None
    moves_watermark: bool


def plan_walk(*, account: str = "", since: datetime | None = None) -> Walk:
    """Return what to compare: from ``since``, or from the watermark, or all that Stripe has; until now."""
    until = clock.now() + timedelta(seconds=1)
    livemode = str(conf.STRIPE_SECRET_KEY).startswith(LIVE_PREFIXES)
    mark = EventWatermark.objects.filter(account=account, livemode=livemode).first()
    wanted = since or (mark.checked_until - OVERLAP if mark else None)
    horizon = until - HORIZON
    is_lost = wanted is not None and wanted < horizon
    return Walk(
        account=account,
        livemode=livemode,
        since=horizon if wanted is None or is_lost else wanted,
        until=until,
        lost_since=wanted if is_lost else None,
        moves_watermark=since is None or (mark is not None and since <= mark.checked_until),
    )


def take_walk(walk: Walk, *, is_dry_run: bool = False) -> Iterator[Gap | datetime]:
    """Yield each gap, healed unless it is a dry run, and each instant up to which all has been compared.

    Raises:
        ConfigurationError: there is no secret key.
        PaymentGatewayError: Stripe could not be reached or refused; what was compared until then stays compared.
    """
    if not is_dry_run:
        _report_lost(walk)
        _resolve_closed_gaps()
    begin = walk.since
    while begin < walk.until:
        end = min(begin + STEP, walk.until)
        for page in _pages(walk.account, begin, end):
            for event in _missing(page):
                yield _gap(event) if is_dry_run else _heal(event, account=walk.account)
        if walk.moves_watermark and not is_dry_run:
            _move_watermark(walk, end)
        yield end
        begin = end


def _pages(account: str, since: datetime, until: datetime) -> Iterator[list[dict[str, Any]]]:
    after, has_more = "", True
    while has_more:
        page, has_more = _page(account=account, since=since, until=until, starting_after=after)
        if not page:
            return
        yield page
        after = page[-1]["id"]


def _page(**options: Any) -> tuple[list[dict[str, Any]], bool]:
    """Ask for a page; where Stripe is asked too often, wait as long as it says, or longer each time."""
    for attempt in range(1, TRIES + 1):
        try:
            return reading.list_events(**options)
        except RateLimitedError as error:
            if attempt == TRIES:
                raise
            wait = error.retry_after_seconds
            if wait is None:
                wait = random.uniform(0.5, 1.0) * 2**attempt  # noqa: S311 - jitter, no secret
            time.sleep(min(wait, LONGEST_WAIT_SECONDS))
    raise AssertionError("unreachable")  # pragma: no cover


def _missing(page: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the events of the page that a handler takes and that are not here, oldest first."""
    wanted = set(registry.event_types())
    events = [event for event in page if event["type"] in wanted]
    ids = [event["id"] for event in events]
    here = {name for field in ID_FIELDS for name in _known(field, ids)}
    return [event for event in reversed(events) if event["id"] not in here]


def _known(field: str, ids: list[str]) -> Iterable[str]:
    return StripeEvent.objects.filter(**{f"{field}__in": ids}).values_list(field, flat=True)


def _heal(event: dict[str, Any], *, account: str) -> Gap:
    """Store the event as if it had been delivered, and apply it; open an issue where it cannot be stored."""
    if account:
        event = event | {"account": account}  # a delivery names it, a list asked for in its name does not
    try:
        receipt = intake.store(body=json.dumps(event).encode(), endpoint=LISTED)
    except MalformedEventError as error:
        gap = _gap(event)
        open_issue(
            kind=ISSUE_KIND,
            subject=gap.event_id,
            title=f"{gap.type} is at Stripe and cannot be taken in ({error.code})",
            detail={"type": gap.type, "created": gap.created, "account": account},
        )
        return gap
    return _gap(event, outcome=processing.process(receipt.pk).outcome)


def _gap(event: dict[str, Any], *, outcome: str = "") -> Gap:
    return Gap(
        event_id=str(event["id"]),
        type=str(event["type"]),
        created=int(event["created"]),
        outcome=str(outcome),
    )


def _report_lost(walk: Walk) -> None:
    if walk.lost_since is None:
        return
    first, last = walk.lost_since.isoformat(timespec="seconds"), walk.since.isoformat(timespec="seconds")
    open_issue(
        kind=ISSUE_KIND,
        subject=f"{walk.account or 'own account'} since {first}",
        title=f"Events between {first} and {last} can no longer be listed",
        detail={"account": walk.account, "since": first, "until": last},
        severity=Issue.Severity.WARNING,  # nothing here can mend it
    )


def _resolve_closed_gaps() -> None:
    subjects = list(open_issues(kinds=[ISSUE_KIND]).values_list("subject", flat=True))
    for event_id in {name for field in ID_FIELDS for name in _known(field, subjects)}:
        resolve_issue(kind=ISSUE_KIND, subject=event_id)


def _move_watermark(walk: Walk, instant: datetime) -> None:
    mark, is_new = EventWatermark.objects.get_or_create(
        account=walk.account, livemode=walk.livemode, defaults={"checked_until": instant}
    )
    if not is_new:  # another walk may be ahead
        EventWatermark.objects.filter(pk=mark.pk, checked_until__lt=instant).update(checked_until=instant)
