"""Every command on every state does what the table says: no cell of it is missing, none is idle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import transaction

from revenue_intel.audit.models import AuditEvent
from revenue_intel.exceptions import IllegalTransitionError
from revenue_intel.facts import selectors
from revenue_intel.facts.models import LedgerEntry, OrderFact, RefundFact
from revenue_intel.gateway import client
from revenue_intel.orders import services as orders
from revenue_intel.orders.transitions import TRANSITIONS, render_page
from revenue_intel.shop import OrderState
from revenue_intel.stock.models import StockMovement
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import reprice
from tests.handlers.samples import dispute
from tests.host.models import Product
from tests.order_states import make_order_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standin")]

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "order-states.md"
BACK = {"success_url": "https://shop.example/ok/", "cancel_url": "https://shop.example/no/"}
Way = Callable[[], object]


def start_payment() -> None:
    orders.start_payment(reference="R1", **BACK)


def start_payment_of_nothing() -> None:
    reprice("0.00")
    start_payment()


def pay() -> None:
    deliver(payment_succeeded("R1", 1900, intent="pi_again"))


def pay_while_the_shelf_is_empty() -> None:
    Product.objects.update(stock=0)
    pay()


def pay_after_refund(amount: int) -> Way:
    def way() -> None:
        deliver(refund_event("created", amount, refund="re_early", intent="pi_again", charge="ch_again"))
        pay()

    return way


def pay_after_dispute() -> None:
    deliver(dispute("created", id="dp_early", payment_intent="pi_again", charge="ch_again"))
    pay()


def hear_of_dispute(status: str, *, at: int = PAID_AT + 9000) -> Way:
    def way() -> None:
        deliver(dispute("updated", status=status, at=at))

    return way


def hear_of_refund(amount: int) -> Way:
    def way() -> None:
        deliver(refund_event("created", amount, refund="re_new"))

    return way


def hear_that_the_refund_failed() -> None:
    for refund in RefundFact.objects.all():
        deliver(refund_event("failed", refund.amount_minor, refund=refund.refund_id, status="failed"))


def hear_of_a_refund_that_failed_at_once() -> None:
    deliver(refund_event("failed", 100, refund="re_new", status="failed"))


def refund(amount: int | None) -> Way:
    def way() -> None:
        orders.refund(reference="R1", amount_minor=amount, actor="user:2", key=f"k{amount}")

    return way


#: Command → the ways in which it may come.
WAYS: dict[str, Iterable[Way]] = {
    "start_payment": [start_payment, start_payment_of_nothing],
    "settle_payment": [
        pay,
        pay_while_the_shelf_is_empty,
        pay_after_refund(100),
        pay_after_refund(1900),
        pay_after_dispute,
    ],
    "record_refund": [
        hear_of_refund(100),
        hear_of_refund(1400),
        hear_of_refund(1900),
        hear_that_the_refund_failed,
        hear_of_a_refund_that_failed_at_once,
    ],
    "record_dispute": [
        hear_of_dispute("warning_needs_response"),
        hear_of_dispute("needs_response"),
        hear_of_dispute("lost"),
        hear_of_dispute("won"),
    ],
    "refund": [refund(100), refund(None)],
    "cancel": [lambda: orders.cancel(reference="R1", actor="user:2")],
    "fulfil": [lambda: orders.fulfil(reference="R1", actor="user:2")],
    "expire_checkout": [lambda: orders.expire_checkout(reference="R1", session_id="cs_1")],
}


def state() -> OrderState:
    fact = OrderFact.objects.filter(reference="R1").first()
    return selectors.state_of(fact) if fact else OrderState.PENDING


@contextmanager
def rolled_back() -> Iterator[None]:
    """Run a block and forget what it wrote; Stripe may be asked inside, for this is the test's own transaction."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def counts() -> list[int]:
    return [model.objects.count() for model in (AuditEvent, LedgerEntry, StockMovement, RefundFact)]


@pytest.fixture
def refundable(standin, monkeypatch) -> None:
    """A payment made at the stand-in, so that it can be given back there, whatever the events call it."""
    paid = standin.api.create_payment_intent(
        amount=3800, currency="gbp", payment_method="pm_card_visa", confirm=True
    )
    create = client.create_refund

    def create_refund(*, params, idempotency_key):
        return create(params={**params, "payment_intent": paid["id"]}, idempotency_key=idempotency_key)

    monkeypatch.setattr(client, "create_refund", create_refund)


@pytest.mark.usefixtures("refundable")
@pytest.mark.parametrize("before", OrderState)
@pytest.mark.parametrize("command", TRANSITIONS)
def test_a_command_leaves_an_order_in_the_states_of_its_cell_and_in_all_of_them(command, before):
    allowed = TRANSITIONS[command].get(before, ())
    reached = set()

    for way in WAYS[command]:
        with rolled_back():
            order = make_order_in(before)
            kept = counts()
            if allowed:
                way()
                reached.add(state())
            else:
                with pytest.raises(IllegalTransitionError):
                    way()
                assert (state(), counts()) == (before, kept)
            order.refresh_from_db()
            assert order.status == state()

    assert reached == set(allowed)


def test_every_command_has_its_ways():
    assert list(WAYS) == list(TRANSITIONS)


def test_the_page_is_printed_from_the_table():
    assert PAGE.read_text(encoding="utf-8") == render_page(), (
        "docs/reference/order-states.md is out of date: python -m revenue_intel.orders.transitions > it"
    )
