"""A command can be told when it was done; the host hears each state with the instant at which it came about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.utils import timezone

from revenue_intel.exceptions import InvalidInstantError
from revenue_intel.facts.models import OrderFact
from revenue_intel.orders import services as orders
from revenue_intel.shop import OrderState
from tests.deliveries import PAID_AT, deliver, payment_succeeded, refund_event
from tests.factories import CREATED_AT, make_order, make_product
from tests.host.revenue import Shop

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
PAID = datetime.fromtimestamp(PAID_AT, tz=UTC)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, datetime]]:
    """What the host was told: (state, instant)."""
    told: list[tuple[str, datetime]] = []
    write = Shop.write_state

    def write_state(self: Shop, order: Any, state: OrderState, *, at: datetime) -> None:
        told.append((state.value, at))
        write(self, order, state, at=at)

    monkeypatch.setattr(Shop, "write_state", write_state)
    return told


@pytest.fixture(autouse=True)
def order() -> Any:
    return make_order("R1", [(make_product("Mug", "9.50"), 2)])


def test_a_cancel_is_dated_as_told(written):
    orders.cancel(reference="R1", actor="user:1", at=CREATED_AT + HOUR)

    assert OrderFact.objects.get().canceled_at == CREATED_AT + HOUR
    assert written == [("canceled", CREATED_AT + HOUR)]


def test_a_fulfilment_is_dated_as_told(written):
    deliver(payment_succeeded("R1", 1900))

    orders.fulfil(reference="R1", actor="user:1", at=PAID + HOUR)

    assert OrderFact.objects.get().fulfilled_at == PAID + HOUR
    assert written == [("paid", PAID), ("fulfilled", PAID + HOUR)]


def test_without_an_instant_it_is_now():
    before = timezone.now()

    orders.cancel(reference="R1", actor="user:1")

    assert before <= (OrderFact.objects.get().canceled_at or before - HOUR) <= timezone.now()


@pytest.mark.parametrize("command", [orders.cancel, orders.fulfil])
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(datetime(2026, 4, 1, 12, 0), id="naive"),  # noqa: DTZ001 - that is the fault
        pytest.param(datetime(9999, 12, 31, tzinfo=UTC), id="future"),
        pytest.param(CREATED_AT - timedelta(microseconds=1), id="before the order"),
    ],
)
def test_an_instant_that_cannot_be_is_refused_and_changes_nothing(command, at, order):
    if command is orders.fulfil:
        deliver(payment_succeeded("R1", 1900))
    order.refresh_from_db()

    with pytest.raises(InvalidInstantError):
        command(reference="R1", actor="user:1", at=at)

    before = order.status
    order.refresh_from_db()
    assert order.status == before
    assert not OrderFact.objects.exclude(canceled_at=None, fulfilled_at=None).exists()


def test_nothing_is_sent_before_it_is_paid():
    deliver(payment_succeeded("R1", 1900))

    with pytest.raises(InvalidInstantError):
        orders.fulfil(reference="R1", actor="user:1", at=PAID - timedelta(seconds=1))


def test_a_refunded_state_comes_with_the_instant_of_its_refund(written):
    deliver(payment_succeeded("R1", 1900))

    deliver(refund_event("created", 500, refund="re_1", created=PAID_AT + 3600))
    deliver(refund_event("created", 1400, refund="re_2", created=PAID_AT + 7200))

    assert written[1:] == [("partially_refunded", PAID + HOUR), ("refunded", PAID + 2 * HOUR)]


def test_an_undone_refund_leads_back_to_the_instant_of_the_state_before(written):
    deliver(payment_succeeded("R1", 1900))
    orders.fulfil(reference="R1", actor="user:1", at=PAID + HOUR)
    deliver(refund_event("created", 500, created=PAID_AT + 7200))

    deliver(refund_event("failed", 500, status="failed", created=PAID_AT + 7200, at=PAID_AT + 9000))

    assert written[-1] == ("fulfilled", PAID + HOUR)


@pytest.mark.parametrize("arrival", list(permutations(range(4))), ids=str)
def test_the_last_word_to_the_host_does_not_depend_on_the_order_of_arrival(arrival, written):
    history = [
        payment_succeeded("R1", 1900),
        refund_event("created", 100, refund="re_1", created=PAID_AT + 3600),
        refund_event("created", 200, refund="re_2", created=PAID_AT + 7200),
        refund_event("failed", 50, refund="re_0", status="failed", created=PAID_AT + 60, at=PAID_AT + 9000),
    ]

    for position in arrival:
        deliver(history[position])

    assert written[-1] == ("partially_refunded", PAID + HOUR)


def test_an_order_sent_after_a_refund_in_part_tells_the_host_both(written):
    deliver(payment_succeeded("R1", 1900))
    deliver(refund_event("created", 500))
    written.clear()

    state = orders.fulfil(reference="R1", actor="user:1", at=PAID + 2 * HOUR)

    assert state is OrderState.PARTIALLY_REFUNDED
    assert written == [("fulfilled", PAID + 2 * HOUR), ("partially_refunded", PAID + HOUR)]
