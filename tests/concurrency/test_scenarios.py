"""The scenarios of ``docs/reference/stock.md`` that need orders and events: real threads, two hundred rounds each.

Those of the stock services alone (a, b, h, i, j, l) are in ``tests/stock/test_races.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from io import StringIO
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from revenue_intel.facts.models import LedgerEntry, OrderFact
from revenue_intel.issues.models import Issue
from revenue_intel.orders import services as orders
from revenue_intel.signals import order_unfulfillable
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import find_drift
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.webhooks import registry, worker
from revenue_intel.webhooks.models import EventFailure, StripeEvent
from tests import another_process
from tests.deliveries import charge_refunded, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product, make_variant
from tests.handlers.samples import charge, dispute
from tests.host.models import Order, Product, Variant
from tests.host.revenue import Shop
from tests.tables import table_hashes
from tests.threads import in_rounds, on_a_connection_of_its_own, postgres_only

pytestmark = [postgres_only, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = 200
PRICE = 1900
LONG_AGO = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
together = partial(in_rounds, rounds=ROUNDS)


def paid(number: int, *, name: str = "R", **fields: Any) -> dict[str, Any]:
    """Make the news that the order of a round is paid."""
    return payment_succeeded(f"{name}{number}", PRICE, intent=f"pi_{name}{number}", **fields)


def tell(event: dict[str, Any]) -> tuple[int, str]:
    answer = deliver(event)
    return answer.status_code, answer.json()["outcome"]


def open_shop(stock_each: int, *, names: str = "R", **fields: Any) -> list[Product]:
    """Make a product for every round, and for every name an order over a piece of it."""
    products = [make_product(f"Mug {number}", "19.00", stock=stock_each) for number in range(ROUNDS)]
    for name in names:
        for number, product in enumerate(products):
            make_order(f"{name}{number}", [(product, 1)], email=f"{name}{number}@example.com", **fields)
    return products


def statuses() -> Counter[str]:
    return Counter(Order.objects.values_list("status", flat=True))


def left() -> Counter[int]:
    return Counter(Product.objects.values_list("stock", flat=True))


def kinds() -> Counter[str]:
    return Counter(StockMovement.objects.values_list("kind", flat=True))


@pytest.fixture
def effects(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Let each payment's news have one effect more, which nothing but the lock on its event keeps from coming twice."""
    settle = registry._handlers["payment_intent.succeeded"]

    def settle_and_add(event: registry.Event) -> registry.Result:
        make_variant(Product.objects.latest("pk"), "Effect")
        return settle(event)

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", settle_and_add)
    return Variant.objects.filter(name="Effect").count


def assert_sound() -> None:
    assert list(find_drift()) == []
    assert not EventFailure.objects.exists()
    assert set(StripeEvent.objects.values_list("outcome", flat=True)) <= {"applied", "ignored"}


def test_c_one_event_eight_times_at_once_moves_stock_once(effects):
    open_shop(5)
    events = [paid(number) for number in range(ROUNDS)]

    answers = together(*[lambda n: tell(events[n])] * 8)

    assert {answer for each in answers for answer in each} <= {(200, "applied"), (200, "duplicate")}
    assert effects() == ROUNDS
    assert kinds() == {"opening": ROUNDS, "commit": ROUNDS}
    assert (left(), statuses()) == ({4: ROUNDS}, {"paid": ROUNDS})
    assert LedgerEntry.objects.count() == ROUNDS
    assert_sound()


def test_d_the_return_page_beside_the_webhook_and_its_twin_takes_stock_once():
    ada = User.objects.create_user("ada")
    open_shop(5, user=ada)
    browser = Client()
    browser.force_login(ada)

    def come_back(number: int) -> bool:
        page = browser.get(reverse("payments:return", args=[f"R{number}"]))
        return page.status_code == 200 and f"R{number}" in page.text

    answers = together(come_back, lambda n: tell(paid(n)), lambda n: tell(paid(n)))

    assert set(answers) == {(True, (200, "applied"), (200, "applied"))}
    assert kinds() == {"opening": ROUNDS, "commit": ROUNDS}
    assert (left(), statuses()) == ({4: ROUNDS}, {"paid": ROUNDS})
    assert LedgerEntry.objects.count() == ROUNDS
    assert_sound()


def test_e_everything_told_and_replayed_twice_leaves_the_same_tables():
    for number, product in enumerate(open_shop(1)):
        if number % 4 == 0:  # one in four orders is short
            Product.objects.filter(pk=product.pk).update(stock=0)
    history = [paid(number) for number in range(ROUNDS)]
    for number in range(0, ROUNDS, 5):
        names: dict[str, Any] = {"intent": f"pi_R{number}", "charge": f"ch_R{number}"}
        history.append(refund_event("created", 400, refund=f"re_{number}", **names))
    for event in history:
        tell(event)
    before = table_hashes()

    def tell_again(part: int) -> None:
        for event in history[part::2]:
            assert tell(event) == (200, "duplicate")

    for _ in range(2):
        replay = partial(call_command, "revenue_replay_events", "--all", verbosity=0, stdout=StringIO())
        done = on_a_connection_of_its_own(partial(tell_again, 0), partial(tell_again, 1), replay)
        assert not [answer for answer in done if isinstance(answer, Exception)]

    assert set(StripeEvent.objects.values_list("deliveries", flat=True)) == {3}
    StripeEvent.objects.update(deliveries=1)  # it alone says that they came again
    assert table_hashes() == before
    assert_sound()


def test_f_five_events_in_every_order_come_to_one_state():
    open_shop(5)
    orders_of_arrival = list(permutations(range(5)))

    def history(number: int) -> list[dict[str, Any]]:
        names: dict[str, Any] = {"intent": f"pi_R{number}", "charge": f"ch_R{number}"}
        told = [
            paid(number),
            charge("succeeded", id=f"ch_R{number}", payment_intent=f"pi_R{number}"),
            charge_refunded(400, amount=PRICE, **names),
            refund_event("updated", 400, refund=f"re_{number}", **names),
            dispute(
                "created",
                id=f"dp_{number}",
                amount=400,
                charge=f"ch_R{number}",
                payment_intent=f"pi_R{number}",
            ),
        ]
        return [told[place] for place in orders_of_arrival[number % len(orders_of_arrival)]]

    histories = [history(number) for number in range(ROUNDS)]

    def tell_part(part: int, number: int) -> bool:
        return {deliver(event).status_code for event in histories[number][part::2]} == {200}

    assert set(together(partial(tell_part, 0), partial(tell_part, 1))) == {(True, True)}
    call_command("revenue_process_events", verbosity=0, stdout=StringIO())

    known = OrderFact.objects.values_list("paid_at", "refunded_minor", "disputed_at")
    assert len(set(known)) == 1 == len({*statuses()})
    assert Counter(OrderFact.objects.values_list("refunded_minor", flat=True)) == {400: ROUNDS}
    standing = LedgerEntry.objects.filter(reverses=None, reversed_by=None)
    assert Counter(standing.values_list("kind", "amount_minor")) == {
        ("sale", PRICE): ROUNDS,
        ("refund", -400): ROUNDS,
    }
    assert (left(), statuses()) == ({4: ROUNDS}, {"disputed": ROUNDS})
    assert_sound()


def test_g_killed_between_intake_and_effects_a_retry_recovers(effects):
    open_shop(5)
    events = [paid(number) for number in range(ROUNDS)]
    command = [sys.executable, "-m", "tests.concurrency.killed"]
    killed = subprocess.run(
        command,
        input=json.dumps(events),
        env=another_process.environment(),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert killed.stdout.strip() == f"{ROUNDS} killed", killed.stderr
    assert Counter(StripeEvent.objects.values_list("outcome", flat=True)) == {"received": ROUNDS}
    assert (kinds(), statuses()) == ({}, {"pending": ROUNDS})

    work = partial(worker.run_pass, stop=threading.Event())
    again = [partial(lambda part: [tell(event) for event in events[part::2]], part) for part in (0, 1)]
    done = on_a_connection_of_its_own(work, work, *again)

    assert not [answer for answer in done if isinstance(answer, Exception)]
    assert effects() == ROUNDS
    assert kinds() == {"opening": ROUNDS, "commit": ROUNDS}
    assert (left(), statuses()) == ({4: ROUNDS}, {"paid": ROUNDS})
    assert LedgerEntry.objects.count() == ROUNDS
    assert_sound()


def test_h_an_expiry_beside_its_payment_and_another_buyers_sells_the_piece_once():
    open_shop(1, names="RS")
    for order in Order.objects.filter(reference__startswith="R"):
        stock.reserve(order_reference=order.reference, lines=Shop().stock_lines(order), expires_at=LONG_AGO)

    together(
        lambda n: tell(paid(n)),
        lambda n: tell(paid(n, name="S")),
        lambda n: orders.release_overdue(reference=f"R{n}"),
    )

    assert statuses() == {"paid": ROUNDS, "paid_unfulfillable": ROUNDS}
    assert (left(), kinds()["commit"]) == ({0: ROUNDS}, ROUNDS)
    assert LedgerEntry.objects.count() == 2 * ROUNDS
    assert not StockReservation.objects.exists()
    assert_sound()


def test_k_a_payment_that_finds_too_little_is_kept_with_an_issue_and_a_signal():
    open_shop(1, names="RS")
    told: list[str] = []

    def listen(*, reference: str, **_rest: Any) -> None:
        told.append(reference)

    order_unfulfillable.connect(listen)
    try:
        answers = together(*(lambda n, name=name: tell(paid(n, name=name)) for name in "RS"))
    finally:
        order_unfulfillable.disconnect(listen)

    assert {answer for each in answers for answer in each} == {(200, "applied")}
    assert statuses() == {"paid": ROUNDS, "paid_unfulfillable": ROUNDS}
    short = set(Order.objects.filter(status="paid_unfulfillable").values_list("reference", flat=True))
    assert set(Issue.objects.filter(kind="paid_unfulfillable").values_list("subject", flat=True)) == short
    assert (set(told), len(told)) == (short, ROUNDS)
    assert (left(), kinds()["commit"]) == ({0: ROUNDS}, ROUNDS)
    assert LedgerEntry.objects.count() == 2 * ROUNDS
    assert_sound()
