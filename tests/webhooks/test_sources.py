"""Several endpoints: each knows its own secrets, takes what it is for, and money counts once whoever brings it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import LedgerEntry, OrderFact, PaymentFact, RefundFact
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import SECRET, charge_refunded, deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.history import outcome
from tests.threads import on_a_connection_of_its_own, postgres_only

pytestmark = pytest.mark.django_db


def money() -> dict[str, object]:
    """Return all that the history came to, but for its events: they are stored once an endpoint."""
    return {key: value for key, value in outcome().items() if key != "events"}


ENDPOINTS = {
    "eu": {"secrets": ["whsec_eu_old", "whsec_eu_new"]},
    "live": {"secrets": ["whsec_live"], "livemode": True, "connect": True},
    "test": {"secrets": ["whsec_test_only"], "livemode": False},
    "off": {"secrets": ["", " "]},
    "nothing": {},
    "wrong": {"secrets": "whsec_wrong"},
}


@pytest.fixture(autouse=True)
def endpoints(settings):
    settings.REVENUE_INTEL_STRIPE_ENDPOINTS = ENDPOINTS


@pytest.fixture
def event():
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    return payment_succeeded("R1", 1900)


@pytest.mark.parametrize("secret", ["whsec_eu_old", "whsec_eu_new"])
def test_during_a_rotation_each_secret_of_an_endpoint_is_good_there(event, secret):
    assert deliver(event, endpoint="eu", secret=secret).json() == {"outcome": "applied"}
    assert StripeEvent.objects.get().source == "eu"


@pytest.mark.parametrize(
    ("endpoint", "secret"),
    [("eu", SECRET), ("eu", "whsec_live"), ("live", "whsec_eu_new"), ("", "whsec_eu_new")],
)
def test_the_secret_of_one_endpoint_is_nothing_at_another(event, endpoint, secret):
    answer = deliver(event, endpoint=endpoint, secret=secret)

    assert (answer.status_code, answer.json()) == (400, {"outcome": "invalid_signature"})
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("name", ["off", "nothing", "wrong", "default", "unknown", "EU"])
@pytest.mark.parametrize("secret", [SECRET, "", " ", "w", "whsec_wrong"])
def test_an_endpoint_without_a_secret_or_a_name_does_not_exist(event, name, secret):
    assert deliver(event, endpoint=name, secret=secret).status_code == 404
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("configured", [None, [], "eu", 5], ids=repr)
def test_settings_that_mean_nothing_leave_the_default_endpoint_standing(event, settings, configured):
    settings.REVENUE_INTEL_STRIPE_ENDPOINTS = configured

    assert deliver(event, endpoint="eu", secret="whsec_eu_new").status_code == 404
    assert deliver(event).json() == {"outcome": "applied"}


def test_without_default_secrets_the_other_endpoints_stand(event, settings):
    settings.REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS = []

    assert deliver(event).status_code == 404
    assert deliver(event, endpoint="eu", secret="whsec_eu_new").json() == {"outcome": "applied"}


def test_a_test_event_at_a_live_endpoint_is_stored_and_ignored(event):
    answer = deliver(event, endpoint="live", secret="whsec_live")

    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    stored = StripeEvent.objects.get()
    assert (stored.outcome, stored.reason, stored.livemode) == ("ignored", "livemode_not_taken", False)
    assert stored.processed_at
    assert stored.body
    assert not PaymentFact.objects.exists()


def test_a_live_event_at_a_test_endpoint_is_stored_and_ignored():
    event = payment_succeeded("R1", 1900, livemode=True)

    assert deliver(event, endpoint="test", secret="whsec_test_only").json() == {"outcome": "ignored"}
    assert deliver(event, endpoint="test", secret="whsec_test_only").json() == {"outcome": "duplicate"}
    assert StripeEvent.objects.get().reason == "livemode_not_taken"


def test_an_endpoint_without_connect_ignores_the_events_of_connected_accounts(event):
    answer = deliver(event | {"account": "acct_1"}, endpoint="eu", secret="whsec_eu_new")

    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert StripeEvent.objects.get().reason == "account_not_taken"
    assert not PaymentFact.objects.exists()


def test_an_endpoint_with_connect_takes_them():
    event = payment_succeeded("", 1900, livemode=True, account="acct_1")

    assert deliver(event, endpoint="live", secret="whsec_live").json() == {"outcome": "applied"}
    assert (PaymentFact.objects.get().account, PaymentFact.objects.get().livemode) == ("acct_1", True)


def replay(*arguments):
    call_command("revenue_replay_events", *(arguments or ["--all"]), verbosity=0, stdout=StringIO())


@pytest.mark.parametrize("selection", [["--all"], ["--outcome", "ignored"]], ids=" ".join)
@pytest.mark.parametrize("left", [ENDPOINTS, {}], ids=["as it was", "endpoint gone"])
def test_a_replay_takes_nothing_that_the_endpoint_refused(event, settings, selection, left):
    deliver(event, endpoint="live", secret="whsec_live")
    deliver(event | {"id": "evt_2", "account": "acct_9"}, endpoint="eu", secret="whsec_eu_new")
    settings.REVENUE_INTEL_STRIPE_ENDPOINTS = left
    settings.REVENUE_INTEL_LIVEMODE = None
    before = outcome()

    replay(*selection)

    assert outcome() == before
    assert set(StripeEvent.objects.values_list("outcome", "reason")) == {
        ("ignored", "livemode_not_taken"),
        ("ignored", "account_not_taken"),
    }
    assert not PaymentFact.objects.exists()


def test_a_replay_applies_what_the_endpoint_has_been_opened_for(event, settings):
    deliver(event, endpoint="live", secret="whsec_live")
    settings.REVENUE_INTEL_STRIPE_ENDPOINTS = {"live": {"secrets": [], "livemode": None}}

    replay()

    assert (StripeEvent.objects.get().outcome, StripeEvent.objects.get().reason) == ("applied", "")
    assert OrderFact.objects.get().paid_at


def test_what_was_applied_stays_so_when_its_endpoint_is_closed_and_it_is_replayed(event, settings):
    deliver(event, endpoint="eu", secret="whsec_eu_new")
    settings.REVENUE_INTEL_STRIPE_ENDPOINTS = {"eu": {"secrets": ["whsec_eu_new"], "livemode": True}}
    before = outcome()

    replay()

    assert outcome() == before
    assert StripeEvent.objects.get().outcome == "applied"


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_a_history_delivered_to_two_endpoints_has_the_effects_of_one(event, backwards):
    history = [event, refund_event("created", 500), charge_refunded(500, amount=1900)]
    for each in history:
        assert deliver(each).status_code == 200
    alone = money()
    written = [model.objects.count() for model in (LedgerEntry, StockMovement, AuditEvent, RefundFact)]

    for each in reversed(history) if backwards else history:
        assert deliver(each, endpoint="eu", secret="whsec_eu_new").json() == {"outcome": "applied"}

    assert money() == alone
    assert [
        model.objects.count() for model in (LedgerEntry, StockMovement, AuditEvent, RefundFact)
    ] == written
    assert sorted(StripeEvent.objects.values_list("source", flat=True)) == ["default"] * 3 + ["eu"] * 3


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_one_event_at_two_endpoints_at_the_same_time_has_its_effects_once():
    mug = make_product("Mug", "9.50", stock=50)
    for number in range(10):
        make_order(f"R{number}", [(mug, 2)], email=f"buyer{number}@example.com")
        event = payment_succeeded(f"R{number}", 1900, intent=f"pi_{number}")

        answers = on_a_connection_of_its_own(
            lambda event=event: deliver(event),
            lambda event=event: deliver(event, endpoint="eu", secret="whsec_eu_new"),
        )

        assert [answer.json() for answer in answers] == [{"outcome": "applied"}] * 2
    mug.refresh_from_db()
    assert mug.stock == 30
    assert LedgerEntry.objects.count() == OrderFact.objects.count() == 10
