"""Run stored events through their handlers again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from revenue_intel.conf import settings as conf
from revenue_intel.kit import clock
from revenue_intel.management.terminal import end, log_in_lines
from revenue_intel.webhooks import processing
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.selectors import find_events


class Command(BaseCommand):
    """``revenue_replay_events --outcome failed``."""

    help = (
        "Run stored events through their handlers again, oldest first, from what was stored: Stripe is not asked. "
        "An event that was applied changes nothing. Exit 1 when one failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Say which events."""
        parser.add_argument("ids", nargs="*", metavar="EVENT", help="only these, by Stripe's id (evt_…)")
        parser.add_argument("--all", action="store_true", help="every stored event")
        parser.add_argument(
            "--type", action="append", default=[], metavar="PATTERN", help="a type, or a pattern: 'charge.*'"
        )
        parser.add_argument("--outcome", action="append", default=[], choices=StripeEvent.Outcome.values)
        parser.add_argument("--dead", action="store_true", help="those that are not tried any more")
        parser.add_argument("--since", metavar="TIME", help="created then or later: YYYY-MM-DD[THH:MM]")
        parser.add_argument("--until", metavar="TIME", help="created before then")
        parser.add_argument("--dry-run", action="store_true", help="only list and count them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Select, then list or replay."""
        events = _select(options)
        if unknown := set(options["ids"]).difference(events.values_list("event_id", flat=True)):
            raise CommandError(f"Not here, or not among those chosen: {', '.join(sorted(unknown))}.")
        chosen = events.exclude(body="")
        without_body = events.filter(body="").count()
        if without_body:
            self.stderr.write(f"{without_body} events are left out: their bodies are no longer kept.")
        if options["dry_run"]:
            self._show(chosen)
        else:
            with log_in_lines(self, has_tracebacks=options["traceback"]):
                self._replay(list(chosen.values_list("pk", flat=True)), verbosity=options["verbosity"])

    def _show(self, events: QuerySet[StripeEvent]) -> None:
        outcomes: Counter[str] = Counter()
        for event in events.defer("body").iterator(chunk_size=1000):
            outcomes[event.outcome] += 1
            state = "dead" if event.dead_at else event.outcome
            self.stdout.write(f"{event.created_at:%Y-%m-%d %H:%M:%S}  {state:8}  {event}")
        self._count(outcomes, "would be replayed. Nothing was changed (dry run).")

    def _replay(self, pks: list[int], *, verbosity: int) -> None:
        outcomes: Counter[str] = Counter()
        for number, pk in enumerate(pks, start=1):
            outcomes[processing.process(pk, cause=processing.Cause.REPLAY).outcome] += 1
            if verbosity and number % 500 == 0:
                self.stderr.write(f"{number} of {len(pks)} …")
        self._count(outcomes, "replayed.")
        end(outcomes)

    def _count(self, outcomes: Counter[str], ending: str) -> None:
        for outcome, count in sorted(outcomes.items()):
            self.stdout.write(f"{outcome:8}  {count:>8}")
        self.stdout.write(f"{outcomes.total()} events {ending}")


def _select(options: dict[str, Any]) -> QuerySet[StripeEvent]:
    names = ("ids", "type", "outcome", "dead", "since", "until")
    if options["all"] == any(options[name] for name in names):
        raise CommandError("Say which events, or --all.")
    zone = clock.zone(conf.TIME_ZONE)
    try:
        since, until = (
            clock.parse_instant(options[name], zone=zone) if options[name] else None
            for name in ("since", "until")
        )
    except ValueError as error:
        raise CommandError(str(error)) from error
    return find_events(
        ids=options["ids"],
        types=options["type"],
        outcomes=options["outcome"],
        since=since,
        until=until,
        is_dead=options["dead"],
    )
