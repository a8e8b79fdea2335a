"""Every event has one outcome, and where it changes nothing, a reason; how often it came is counted all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from revenue_intel.kit import clock
from revenue_intel.kit.contracts import load_contract
from revenue_intel.webhooks import registry
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.selectors import EventCount, count_events, describe_event_types
from revenue_intel.webhooks.uninteresting import REASON_OF, REASONS
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
from tests.factories_users import client_of


@pytest.fixture
def event():
    make_order("R1", [(make_product("Mug", "9.50", stock=5), 2)])
    return payment_succeeded("R1", 1900)


def test_the_contract_is_what_the_code_says():
    assert load_contract("events.json") == describe_event_types(), (
        "contracts/events.json is out of date: "
        "python manage.py revenue_required_events --format json > contracts/events.json"
    )


def test_no_type_is_both_handled_and_ignored():
    assert sorted(set(registry.event_types()) & set(REASON_OF)) == []


def test_every_reason_is_explained_and_used():
    assert set(REASON_OF.values()) == set(REASONS)


@pytest.mark.django_db
@pytest.mark.parametrize("event_type", sorted(REASON_OF))
def test_an_uninteresting_type_is_acknowledged_for_its_reason(event_type):
    answer = deliver(payment_succeeded("R1", 1900) | {"type": event_type})

    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert StripeEvent.objects.get().reason == REASON_OF[event_type]


@pytest.mark.django_db
def test_a_type_that_nobody_knows_is_seen_as_such(event):
    assert deliver(event | {"type": "tax.form.filed"}).json() == {"outcome": "ignored"}
    assert StripeEvent.objects.get().reason == "unknown_type"


@pytest.mark.django_db
def test_a_duplicate_of_an_applied_event_is_counted_in_exactly_one_statement(
    event, django_assert_num_queries
):
    deliver(event)

    for _ in range(3):
        with django_assert_num_queries(1) as seen:
            assert deliver(event).json() == {"outcome": "duplicate"}
        assert seen.captured_queries[0]["sql"].startswith("INSERT")

    assert StripeEvent.objects.get().deliveries == 4


@pytest.mark.django_db
def test_a_repetition_of_an_event_that_is_not_applied_is_counted_too():
    refund = refund_event("created", 500)

    assert [deliver(refund).json() for _ in range(2)] == [{"outcome": "parked"}] * 2
    assert StripeEvent.objects.get().deliveries == 2


@pytest.mark.django_db
def test_events_are_counted_by_type_outcome_and_reason(event):
    deliver(event)
    deliver(event)
    deliver(event)
    deliver(refund_event("created", 500, refund="re_2", intent="pi_2", charge="ch_2"))
    deliver(event | {"id": "evt_2", "type": "price.created"})
    deliver(event | {"id": "evt_3", "type": "price.created"})

    assert count_events() == [
        EventCount(type="payment_intent.succeeded", outcome="applied", reason="", events=1, duplicates=2),
        EventCount(type="price.created", outcome="ignored", reason="catalogue", events=2, duplicates=0),
        EventCount(type="refund.created", outcome="parked", reason="", events=1, duplicates=0),
    ]


@pytest.mark.django_db
def test_events_before_the_time_asked_for_are_not_counted(event):
    deliver(event)

    assert count_events(since=clock.now() + timedelta(seconds=1)) == []
    assert len(count_events(since=clock.now() - timedelta(days=1))) == 1


@pytest.mark.django_db
def test_the_issues_page_shows_what_became_of_the_events(event):
    deliver(event)
    deliver(event | {"id": "evt_2", "type": "<b>tax</b>"})
    StripeEvent.objects.create(
        source="default",
        event_id="evt_old",
        type="old.type",
        livemode=False,
        created_at=clock.now(),
        received_at=clock.now() - timedelta(days=31),
        body="",
    )

    html = client_of("ops").get(reverse("monitoring:monitoring-issues")).content.decode()

    assert "payment_intent.succeeded" in html
    assert "unknown_type" in html
    assert "&lt;b&gt;tax&lt;/b&gt;" in html
    assert "<b>tax" not in html
    assert "old.type" not in html
