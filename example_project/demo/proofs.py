"""The proofs after the play: the exports and the probe."""

from __future__ import annotations

import http.client
from datetime import date
from io import StringIO

from django.core.management import call_command

from demo import places
from demo.server import find_free_port, get, running
from demo.stage import Stage, StepFailed
from revenue_intel.conf import settings as conf
from revenue_intel.exports.contracts import NAMES

PROBE = "/monitoring/healthz/"


def export_and_verify(stage: Stage, *, as_of: date, anew: bool) -> None:
    """Make the exports of a day, unless they are there, and verify each against its contract."""
    places.EXPORTS.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        days = "all" if name == "kpi-summary" else "30"
        path = places.EXPORTS / f"{name}_{days}_{conf.CURRENCY}_{as_of}.csv"
        if anew or not path.exists():
            call_command(
                *("revenue_export", name, "--days", days, "--as-of", str(as_of), "--output", str(path)),
                stdout=StringIO(),
            )
        said = StringIO()
        call_command("revenue_verify_export", str(path), stdout=said, no_color=True)
        stage.say(said.getvalue().replace(str(places.EXPORTS), places.EXPORTS.name).strip())


def ask_probe(stage: Stage) -> None:
    """Ask the probe of a running shop.

    Raises:
        StepFailed: it does not say that all is well.
    """
    port = find_free_port()
    with running("-m", "demo.webserver", str(port), port=port):
        status, body = get(port, PROBE)
    if status != http.client.OK:
        raise StepFailed(f"GET {PROBE} answered {status} {body[:200]!r}.")
    stage.say(f"GET {PROBE}: {status} {body.decode().strip()}")
