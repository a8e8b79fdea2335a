"""The worker: takes the events that are due, one at a time, until none is left.

Any number of workers on any number of machines is safe: a claim is a row lock that others skip, held by the
transaction that also applies the event. While a worker waits it holds nothing.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from functools import cache

from django.db import Error, close_old_connections

from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError
from revenue_intel.kit import clock
from revenue_intel.webhooks import fetching, processing
from revenue_intel.webhooks.models import StripeEvent

logger = logging.getLogger(__name__)

Progress = Callable[[int], None]


def run_pass(
    *, stop: threading.Event, limit: int | None = None, progress: Progress | None = None
) -> Counter[str]:
    """Try every event that is due now once, oldest first; return how many came to which outcome.

    Args:
        stop: once it is set, the pass ends after the event in hand.
        limit: end after so many events.
        progress: told after each event how many are done.

    Raises:
        Error: the database could not say what is due.
    """
    outcomes: Counter[str] = Counter()
    began, position, is_stripe_there = clock.now(), None, True
    while not stop.is_set() and (limit is None or outcomes.total() < limit):
        claimed = processing.process_next(due_at=began, after=position)
        if claimed is None:
            break
        position, outcome = claimed.position, claimed.outcome
        if outcome == StripeEvent.Outcome.PARKED and is_stripe_there:
            try:
                fetched = fetching.fetch_subject(claimed.pk)
            except (ConfigurationError, PaymentGatewayError) as error:
                is_stripe_there = False  # the others of this pass would only wait as long
                _warn_once(str(error))
            else:
                outcome = fetched.outcome if fetched else outcome
        outcomes[outcome] += 1
        if progress:
            progress(outcomes.total())
    return outcomes


@cache
def _warn_once(reason: str) -> None:
    logger.warning("Events stay parked, because what they wait for cannot be fetched: %s", reason)


def watch(
    *,
    stop: threading.Event,
    interval_seconds: float,
    report: Callable[[Counter[str]], None],
    after_pass: Callable[[], None],
) -> Counter[str]:
    """Make a pass, wait, and so on until ``stop`` is set; return what all of them came to.

    ``after_pass`` is called after each. A database that is away is waited for.
    """
    outcomes: Counter[str] = Counter()
    while not stop.is_set():
        close_old_connections()
        try:
            done = run_pass(stop=stop)
        except Error:
            logger.exception("The database does not answer; the next pass is in %g s.", interval_seconds)
        else:
            outcomes += done
            if done:
                report(done)
            after_pass()
        stop.wait(interval_seconds)
    return outcomes
