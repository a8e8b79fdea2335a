"""Apply the events that still want applying: received, parked, failed."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from revenue_intel.exceptions import ConfigurationError, GatewayUnreachableError, RateLimitedError
from revenue_intel.kit import clock
from revenue_intel.management.terminal import end, log_in_lines
from revenue_intel.orders import expiry
from revenue_intel.webhooks import worker
from revenue_intel.webhooks.selectors import due_events

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: What says that Stripe or the database cannot be asked at all.
AWAY: Final = (ConfigurationError, GatewayUnreachableError, RateLimitedError, Error)
#: With --watch, how often Stripe may be asked about the same order, whose payment may be under way for days.
RELEASE_EVERY_SECONDS: Final = 60.0


class Command(BaseCommand):
    """One pass over the stored events that are due, or one after the other until told to stop."""

    help = (
        "Apply stored Stripe events that are received, parked or failed, oldest first: one pass, or with --watch "
        "until SIGTERM or Ctrl-C; then give back stock that was held for payments which can no longer succeed. Any "
        "number of these may run at the same time. Exit 1 when an event failed in the one pass, or where the database "
        "does not answer."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to watch, and to look only."""
        parser.add_argument("--watch", action="store_true", help="go on until SIGTERM or Ctrl-C")
        parser.add_argument(
            "--interval",
            type=_positive_seconds,
            default=1.0,
            metavar="SECONDS",
            help="with --watch: the wait between passes (default: 1)",
        )
        parser.add_argument(
            "--limit", type=_positive_count, metavar="EVENTS", help="end after so many events (one pass only)"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say how many events are due")

    def handle(self, *args: Any, **options: Any) -> None:
        """Process what is due and print what became of it."""
        if options["watch"] and (options["limit"] or options["dry_run"]):
            raise CommandError("--watch takes neither --limit nor --dry-run.")
        try:
            if options["dry_run"]:
                due = due_events(now=clock.now()).count()
                self.stdout.write(f"{due} events are due. Nothing was changed (dry run).")
                return
            with stopped_by_signals() as stop, log_in_lines(self, has_tracebacks=options["traceback"]):
                outcomes = self._watch(stop, options) if options["watch"] else self._pass(stop, options)
        except Error as error:
            raise CommandError(f"The database does not answer ({type(error).__name__}).") from error
        self.stdout.write(f"{outcomes.total()} events processed{_told(outcomes)}.")
        if not options["watch"]:  # which ends because it was told to
            end(outcomes)

    def _pass(self, stop: threading.Event, options: dict[str, Any]) -> Counter[str]:
        def progress(done: int) -> None:
            if options["verbosity"] and done % 500 == 0:
                self.stderr.write(f"{done} events …")

        outcomes = worker.run_pass(stop=stop, limit=options["limit"], progress=progress)
        release_overdue(stop)
        return outcomes

    def _watch(self, stop: threading.Event, options: dict[str, Any]) -> Counter[str]:
        def report(outcomes: Counter[str]) -> None:
            if options["verbosity"]:
                self.stderr.write(f"{clock.now():%Y-%m-%d %H:%M:%S} {outcomes.total()}{_told(outcomes)}")

        released_at: float | None = None

        def after_pass() -> None:
            nonlocal released_at
            if released_at is None or time.monotonic() - released_at >= RELEASE_EVERY_SECONDS:
                release_overdue(stop)
                released_at = time.monotonic()

        return worker.watch(
            stop=stop, interval_seconds=options["interval"], report=report, after_pass=after_pass
        )


def release_overdue(stop: threading.Event) -> None:
    """Give back stock that was held for its time; what fails is logged, stays held and is a later pass's.

    Where Stripe or the database is away, the other orders would only wait as long.
    """
    try:
        for reference in expiry.find_overdue():
            if stop.is_set():
                return
            _release(reference)
    except AWAY as error:
        logger.warning("Overdue stock stays held for now: %s", error)


def _release(reference: str) -> None:
    try:
        expiry.release_overdue(reference=reference)
    except AWAY:
        raise
    except Exception:
        logger.exception("The overdue stock of order %s stays held.", reference)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and SIGINT set instead of ending the process; a second one ends it."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals are the main thread's
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def on_signal(*_: Any) -> None:
        stop.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in SIGNALS:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        restore()


def _told(outcomes: Counter[str]) -> str:
    said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    return f": {said}" if said else ""


def _positive_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is not a number of seconds above 0")
    return seconds


def _positive_count(text: str) -> int:
    count = int(text) if text.isdecimal() else 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is not a whole number above 0")
    return count
