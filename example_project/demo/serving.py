"""Serve the shop, with the stand-in beside it, until Ctrl-C."""

from __future__ import annotations

import time

from shop.management.commands.seed_shop import USERS, demo_password

from demo import places
from demo.server import HOST, PORT_MAXIMUM, is_free, running
from demo.stage import Stage, StepFailed
from revenue_intel.conf import settings as conf
from revenue_intel.testing.standin import Standin

DEFAULT_PORT = 8000
PORTS_TRIED = 20
LOOK_SECONDS = 0.5


def serve(stage: Stage, *, port: int | None) -> None:
    """Serve until Ctrl-C; what was paid meanwhile is kept in the records.

    Raises:
        StepFailed: the port is taken, or the shop does not start.
    """
    port = choose_port(port)
    standin = Standin(
        secret=conf.STRIPE_WEBHOOK_SECRETS[0], webhook_url=f"http://{HOST}:{port}/payments/webhook/"
    )
    standin.load(places.load_records())
    with standin:
        command = ("manage.py", "runserver", "--noreload", f"{HOST}:{port}")
        with running(*command, port=port, STRIPE_API_BASE=standin.url) as shop:
            _print_addresses(stage, port=port, standin=standin)
            kept = 0
            try:
                while shop.poll() is None:
                    time.sleep(LOOK_SECONDS)
                    kept = _keep(standin, kept)
                raise StepFailed(f"The shop ended by itself; {places.SERVER_LOG} says why.")
            except KeyboardInterrupt:
                stage.say("Stopping.")
            finally:
                _keep(standin, kept)


def choose_port(wanted: int | None) -> int:
    """Return the port to serve on: the one asked for, else 8000 or the next that is free.

    Raises:
        StepFailed: it is taken, or is no port.
    """
    if wanted is not None and not 0 < wanted <= PORT_MAXIMUM:
        raise StepFailed(f"{wanted} is no port; name one from 1 to {PORT_MAXIMUM} with --port.")
    candidates = range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED) if wanted is None else [wanted]
    for port in candidates:
        if is_free(port):
            return port
    raise StepFailed(f"Port {candidates[0]} is taken; name another with --port.")


def _keep(standin: Standin, kept: int) -> int:
    """Save the records when events were delivered since the last look; return how many there are now."""
    delivered = len(standin.deliveries)
    if delivered != kept:
        places.save_records(standin.records())
    return delivered


def _print_addresses(stage: Stage, *, port: int, standin: Standin) -> None:
    shop = f"http://{HOST}:{port}"
    stage.say()
    for name, address in (
        ("shop", f"{shop}/"),
        ("dashboard", f"{shop}/analytics/dashboard/"),
        ("open issues", f"{shop}/monitoring/issues/"),
        ("API", f"{shop}/api/v1/kpis/?days=30&currency=gbp"),
        ("health", f"{shop}/monitoring/healthz/"),
        ("Stripe stand-in", f"{standin.url}  (test payments; no money moves)"),
    ):
        stage.say(f"{name:<16} {address}")
    stage.say()
    stage.say(f"{'log in as':<16} password")
    for username, _ in USERS.values():
        stage.say(f"{username:<16} {demo_password(username)}")
    stage.say()
    stage.say("Ctrl-C ends everything.")
