"""Play two years of commerce, prove the numbers, and serve the shop."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from demo import balance, equality, history, proofs, serving
from demo.stage import Stage, StepFailed
from demo.story import Script
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from example_project.stripe_environment import STAND_IN_SECRET_KEY

from revenue_intel.conf import settings as conf
from revenue_intel.kit import clock
from revenue_intel.kit.periods import day_of

INTERRUPTED = 130


class Command(BaseCommand):
    """``python manage.py demo [--no-serve]``."""

    help = (
        "Migrate, seed the shop, play two years of orders as signed Stripe events through the webhook endpoint, "
        "compare the numbers with a recount, export, check, and serve. Exits 0 only if every step held. Run "
        "again, it plays nothing twice."
    )
    requires_system_checks = ()  # the first step runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the script's numbers and where to serve."""
        parser.add_argument("--no-serve", action="store_true", help="stop before serving")
        parser.add_argument("--port", type=int, help="port to serve on (default: 8000, or the next free one)")
        parser.add_argument("--orders", type=int, default=5300, help="how many orders (default: 5300)")
        parser.add_argument("--days", type=int, default=730, help="over how many days (default: 730)")
        parser.add_argument("--seed", type=int, default=7, help="another seed, another history (default: 7)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Go through the steps; say at the end what did not hold."""
        if conf.STRIPE_SECRET_KEY != STAND_IN_SECRET_KEY:
            raise CommandError("The demo talks to its own Stripe stand-in: unset STRIPE_SECRET_KEY first.")
        if options["orders"] < 10 or options["days"] < 2:
            raise CommandError("The demo needs at least 10 orders and 2 days.")
        if not options["no_serve"]:
            _check_port(options["port"])
        # A shell's background jobs ignore Ctrl-C, and their children inherit it; here it must end everything.
        signal.signal(signal.SIGINT, _interrupt)
        signal.signal(signal.SIGTERM, _interrupt)
        stage = Stage(sys.stdout)
        try:
            self._run(stage, options)
        except KeyboardInterrupt:
            self.stderr.write("\nInterrupted. The next run goes on from here.")
            sys.exit(INTERRUPTED)
        if stage.failures:
            raise CommandError("\n".join(["", "These steps did not hold:", *stage.failures]))

    def _run(self, stage: Stage, options: dict[str, Any]) -> None:
        _prepare(stage)
        if stage.failures:
            return
        fresh = _play(stage, options)
        if stage.failures:
            return
        # Who tries the shop out leaves traces in it: a shop that was played before is served in any case.
        _prove(stage, fresh=fresh, is_strict=fresh or options["no_serve"])
        if stage.failures:
            return
        if options["no_serve"]:
            stage.say("\nEvery step held.")
            return
        with stage.step("Serve the shop and the dashboard"):
            serving.serve(stage, port=options["port"])


def _check_port(wanted: int | None) -> None:
    """Refuse a port that cannot be served on now, and not after all the work."""
    try:
        serving.choose_port(wanted)
    except StepFailed as problem:
        raise CommandError(str(problem)) from problem


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _prepare(stage: Stage) -> None:
    with stage.step("Migrate the database and check the settings"):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("check", stdout=StringIO())
        stage.say(str(settings.DATABASES["default"]["NAME"]))
    with stage.step("Seed the shop: goods, roles, log-ins"):
        said = StringIO()
        call_command("seed_shop", stdout=said, no_color=True)
        stage.say(said.getvalue().strip())


def _play(stage: Stage, options: dict[str, Any]) -> bool:
    """Play the history unless it was played; tell whether it was played now."""
    wanted = Script(
        seed=options["seed"],
        orders=options["orders"],
        days=options["days"],
        anchor=clock.now().replace(microsecond=0),
    )
    played = history.find_script(history.PLAYED)
    if played is not None:
        with stage.step("Play the history"):
            stage.say(
                f"Played before: seed {played.seed}, {played.orders:,} orders over {played.days} days up to "
                f"{played.anchor:%Y-%m-%d}. Nothing to do."
            )
        return False
    play = history.History(wanted, stage)
    for title, act in (
        (f"Write {play.script.days} days of orders into the shop, and tell the funnel", play.write_rows),
        ("Take the payments at the Stripe stand-in", play.take_payments),
        ("Post the signed events to the webhook endpoint", play.deliver_events),
        ("Dispatch what was paid, cancel what was not", play.let_staff_work),
    ):
        with stage.step(title):
            act()
        if stage.failures:
            break
    return True


def _prove(stage: Stage, *, fresh: bool, is_strict: bool) -> None:
    today = day_of(clock.now(), clock.zone(conf.TIME_ZONE))
    with stage.step("Read Stripe's balance, of which no event tells"):
        balance.read_balance(stage)
    with stage.step("Count everything again from the stand-in's records, without the package"):
        compared = equality.compare(with_wishes=fresh)
        stage.say(f"{compared} figures are equal to the unit")
    with stage.step("The KPIs of 7, 30 and 90 days"):
        for currency in equality.CURRENCIES:
            said = StringIO()
            call_command("revenue_kpis", currency=currency, stdout=said)
            stage.say(said.getvalue())
    with stage.step("Export, and verify every export against its contract"):
        proofs.export_and_verify(stage, as_of=today, anew=fresh)
    with stage.step("Run the data checks"):
        proofs.run_checks(stage, is_strict=is_strict)
    with stage.step("Ask the health probe over HTTP"):
        proofs.ask_probe(stage)
