"""From the stand-in's thin delivery over HTTP to the ledger, beside the snapshot event's: it counts once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import pytest

from revenue_intel.exceptions import PaymentRefusedError
from revenue_intel.facts.models import LedgerEntry
from revenue_intel.gateway import reading
from revenue_intel.stock.models import StockMovement
from revenue_intel.testing.standin import Standin
from revenue_intel.testing.standin.thin import notification
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import SECRET, deliver
from tests.factories import make_order, make_product
from tests.host.models import Order
from tests.sdk import need_sdk
from tests.threads import postgres_only
from tests.webhooks.stripe_list import gap_ids, run

pytestmark = pytest.mark.django_db(transaction=True)

SUCCEEDED = "payment_intent.succeeded"


@pytest.fixture
def standin(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    need_sdk()
    for name in ("STRIPE_SECRET_KEY", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with Standin(secret=SECRET) as running:
        settings.REVENUE_INTEL_STRIPE_API_BASE = running.url
        settings.REVENUE_INTEL_STRIPE_SECRET_KEY = running.api_key
        yield running


def listen(standin: Standin, live_server: Any, **options: Any) -> None:
    standin.api.create_webhook_endpoint(url=f"{live_server.url}/payments/webhook/", secret=SECRET, **options)


def pay(standin: Standin) -> None:
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    standin.api.create_payment_intent(
        amount=1900,
        currency="gbp",
        metadata={"order_reference": "R1"},
        confirm=True,
        payment_method="pm_card_visa",
    )
    assert standin.drain(30)
    assert {delivery.status for delivery in standin.deliveries} <= {200}


def outcomes(prefix: str = "") -> list[str]:
    return list(StripeEvent.objects.filter(type=prefix + SUCCEEDED).values_list("outcome", flat=True))


def test_a_thin_event_is_delivered_fetched_and_applied(standin, live_server):
    listen(standin, live_server, thin=True)

    pay(standin)

    assert outcomes("v1.") == ["applied"]
    assert not StripeEvent.objects.exclude(type__startswith="v1.").exists()
    stored = StripeEvent.objects.get(type=f"v1.{SUCCEEDED}")
    assert '"R1"' not in stored.body  # it names no more than the payment
    assert Order.objects.get().status == "paid"
    assert LedgerEntry.objects.get(kind="sale").amount_minor == 1900


@pytest.mark.parametrize("first", ["thin", "snapshot"])
def test_a_thin_event_and_its_twin_count_once_whichever_comes_first(standin, first):
    pay(standin)
    happened = standin.api.list_events(limit=100)["data"][::-1]
    told = {"snapshot": happened, "thin": [notification(json.dumps(event).encode()) for event in happened]}

    for event in (*told.pop(first), *told.popitem()[1]):
        assert deliver(event).json()["outcome"] in {"applied", "ignored"}

    assert_it_counts_once()


@postgres_only
def test_a_thin_event_and_its_twin_count_once_where_they_come_at_the_same_time(standin, live_server):
    listen(standin, live_server, thin=True)
    listen(standin, live_server)

    pay(standin)

    assert_it_counts_once()


def assert_it_counts_once() -> None:
    assert outcomes() == outcomes("v1.") == ["applied"]
    assert LedgerEntry.objects.filter(kind="sale").count() == 1
    assert StockMovement.objects.filter(kind="commit").count() == 1


def test_the_thin_event_of_a_connected_account_is_fetched_in_its_name(standin, live_server):
    listen(standin, live_server, thin=True, connect=True)

    with standin.within("acct_1"):
        pay(standin)

    assert StripeEvent.objects.get(type=f"v1.{SUCCEEDED}").account == "acct_1"
    assert outcomes("v1.") != ["failed"]


def test_what_is_no_thin_event_is_not_found(standin):
    for name in ("evt_thin_nothing", "evt_nothing", "evt_thin_"):
        with pytest.raises(PaymentRefusedError):
            reading.get_snapshot_event(thin_event_id=name, context="", account="")


def test_what_a_thin_destination_told_is_no_gap_and_what_it_lost_is(standin, live_server):
    listen(standin, live_server, thin=True)
    pay(standin)
    assert StripeEvent.objects.filter(outcome="applied").count() > 1
    stored = StripeEvent.objects.count()

    assert run() == (0, ANY)
    assert StripeEvent.objects.count() == stored

    twin = StripeEvent.objects.get(type=f"v1.{SUCCEEDED}").twin_id
    StripeEvent.objects.filter(twin_id=twin).delete()
    code, report = run()

    assert (code, gap_ids(report)) == (3, {twin})
