"""Play an arrival: inline as the endpoint does, or stored first and applied by four workers.

Each returns what it came to. On SQLite the four workers take turns; on PostgreSQL they run at the same time, while
the next batch arrives.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, connections

from revenue_intel.facts.models import OrderFact
from revenue_intel.gateway import api
from revenue_intel.gateway import reading as stripe_reading
from revenue_intel.handlers.balance_transactions import take_in_balance_transactions
from revenue_intel.orders.refunding import send_unanswered
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks import intake, processing, worker
from revenue_intel.webhooks.endpoints import find_endpoint
from revenue_intel.webhooks.models import StripeEvent
from tests.histories.commerce import History, OrderRow, Reading, Step, batches
from tests.histories.hosts import make, set_up
from tests.history import outcome
from tests.host.models import Product

Tell = Callable[[dict[str, Any]], object]
WORKERS = 4
#: What may differ where stock runs short: who gets the last unit is a matter of arrival.
FOUGHT_OVER = ("orders", "facts", "stock", "movements", "issues")


def store(event: dict[str, Any]) -> intake.Receipt:
    """Take an event in as the default endpoint does, once it has verified it."""
    endpoint = find_endpoint()
    assert endpoint is not None
    return intake.store(body=json.dumps(event).encode(), endpoint=endpoint)


def store_and_apply(event: dict[str, Any]) -> None:
    """Take an event in and apply it, as the default endpoint does in inline mode."""
    receipt = store(event)
    if not receipt.is_settled:
        processing.process(receipt.pk)


def play_inline(history: History, steps: list[Step], *, tell: Tell = store_and_apply) -> dict[str, Any]:
    """Apply each event as it arrives, then let a worker make its pass."""
    with set_up(history):
        _open_shop(history)
        for step in steps:
            take(step, tell)
        return _close(history)


def play_deferred(history: History, steps: list[Step], chance: random.Random) -> dict[str, Any]:
    """Store the events in batches, with four workers that take turns in between: each a few events at a time."""
    with set_up(history):
        _open_shop(history)
        for batch in batches(steps, chance):
            for step in batch:
                take(step, store)
            for _ in range(chance.randint(0, 2) * WORKERS):
                worker.run_pass(stop=threading.Event(), limit=chance.randint(1, 4))
        return _close(history)


class Workers:
    """Four workers and somebody who brings what arrives, each a thread with a connection of its own."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(WORKERS + 1)

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.at_once(*[connections.close_all] * (WORKERS + 1))
        self.pool.shutdown()

    def at_once(self, *functions: Callable[[], Any]) -> None:
        """Run so many functions at the same time, each in a thread of its own; raise what one of them raised."""
        start = threading.Barrier(len(functions), timeout=60)

        def run(function: Callable[[], Any]) -> None:
            start.wait()
            function()

        for done in [self.pool.submit(run, function) for function in functions]:
            done.result()

    def play(self, history: History, steps: list[Step], chance: random.Random) -> dict[str, Any]:
        """Store the events in batches while four workers apply what is there. What is done stays: ``wipe`` it."""
        work = partial(worker.run_pass, stop=threading.Event())
        with set_up(history):
            _open_shop(history)
            for batch in batches(steps, chance):
                self.at_once(partial(_take_all, batch), *[work] * WORKERS)
            StripeEvent.objects.update(next_attempt_at=None)
            self.at_once(*[work] * WORKERS)
            return _close(history)


def wipe() -> None:
    """Remove all that a play left in PostgreSQL, append-only or not."""
    tables = [
        connection.ops.quote_name(model._meta.db_table)
        for label in ("revenue_intel", "host")
        for model in apps.get_app_config(label).get_models()
        if model._meta.managed
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger, no foreign key
        cursor.execute(";".join(f"DELETE FROM {table}" for table in [*tables, "auth_user"]))  # noqa: S608
        cursor.execute("SET session_replication_role = origin")


def digest(result: dict[str, Any]) -> str:
    """Return an outcome's hash, the same on every database."""
    rows = {
        name: sorted(json.dumps(row, sort_keys=True, default=str) for row in result[name]) for name in result
    }
    return sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]


def _open_shop(history: History) -> None:
    """Make the rows that are there before all; under fixed keys, by which movements and people are named."""
    for number, stock in enumerate(history.stock):
        Product.objects.create(pk=number + 1, name=f"Mug {number}", price=Decimal("9.50"), stock=stock)
    for name in sorted({order.user for order in history.orders} - {""}):
        User.objects.create(pk=1000 + int(name.removeprefix("user")), username=name)


def _close(history: History) -> dict[str, Any]:
    """Let time pass until no pause runs, and say what it came to."""
    StripeEvent.objects.update(next_attempt_at=None)
    worker.run_pass(stop=threading.Event())
    send_unanswered()  # the refunds of which nobody has heard yet
    if (
        history.tells_payouts
    ):  # it is the next reading after the news of a payout that tells what was paid out
        for reading in history.readings():
            _read(reading)
    result = outcome()
    left = {state for _, state in result["events"]} - {"applied", "ignored", "parked"}
    assert not left, f"events are {left}"
    if history.is_short:
        _check_short(history)
        for name in FOUGHT_OVER:
            del result[name]
    return result


def _check_short(history: History) -> None:
    """Check what must hold however little stock there was: nothing negative, nothing lost, every paid order decided."""
    for number, opening in enumerate(history.stock):
        product = Product.objects.get(name=f"Mug {number}")
        moved = StockMovement.objects.exclude(kind="opening").filter(
            model="host.product", row=str(product.pk)
        )
        assert 0 <= product.stock == opening + sum(moved.values_list("quantity", flat=True))
    committed = set(StockMovement.objects.filter(kind="commit").values_list("order_reference", flat=True))
    for fact in OrderFact.objects.exclude(paid_at=None):
        assert (fact.reference in committed) != (fact.unfulfillable_at is not None), fact


def _take_all(steps: list[Step]) -> None:
    for step in steps:
        take(step, store)


def take(step: Step, tell: Tell) -> None:
    """Let one thing happen; an event is told by ``tell``."""
    if isinstance(step, OrderRow):
        make(step)
    elif isinstance(step, Reading):
        _read(step)
    else:
        tell(step)


def _read(reading: Reading) -> None:
    def answer(*, payout: str = "", account: str = "", **_asked: Any) -> tuple[list[dict[str, Any]], bool]:
        assert account == reading.account
        number = payout.removeprefix("po_")
        paid_out = [row for row in reading.paid_out if row["id"].endswith(f"_{number}")]
        return (paid_out if payout else list(reading.rows)), False

    with (
        patch.object(stripe_reading, "list_balance_transactions", side_effect=answer),
        patch.object(api, "is_live", return_value=False),
    ):
        take_in_balance_transactions(account=reading.account)
