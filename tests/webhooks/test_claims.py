"""A new event is claimed together with the first of its effects: where somebody else was first, they are undone."""

from __future__ import annotations

import json

import pytest

from revenue_intel.webhooks import endpoints, intake, processing, registry
from revenue_intel.webhooks.models import StripeEvent
from tests.deliveries import payment_succeeded
from tests.factories import make_product
from tests.host.models import Product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def effect(monkeypatch):
    """Let every payment that succeeds make a product."""

    def handle(_event: registry.Event) -> registry.Result:
        make_product("Effect", "1.00", stock=1)
        return registry.applied()

    monkeypatch.setitem(registry._handlers, "payment_intent.succeeded", handle)


def stored() -> intake.Receipt:
    body = json.dumps(payment_succeeded("R1", 1900)).encode()
    return intake.store(body=body, endpoint=endpoints.LISTED)


def test_a_new_event_has_its_effects_once():
    receipt = stored()

    assert processing.process(receipt.pk, new=receipt.new).outcome == "applied"
    assert processing.process(receipt.pk, new=receipt.new).outcome == "applied"

    assert Product.objects.filter(name="Effect").count() == 1


@pytest.mark.parametrize("outcome", ["applied", "ignored"])
def test_the_effects_on_a_claim_that_came_too_late_are_undone(outcome):
    receipt = stored()
    StripeEvent.objects.update(outcome=outcome, reason="by another")

    assert processing.process(receipt.pk, new=receipt.new).outcome == outcome

    assert not Product.objects.exists()
    assert StripeEvent.objects.get().reason == "by another"


def test_one_that_another_has_tried_in_vain_is_tried_under_its_lock():
    receipt = stored()
    StripeEvent.objects.update(outcome="failed", failures=1)

    assert processing.process(receipt.pk, new=receipt.new).outcome == "applied"

    assert Product.objects.filter(name="Effect").count() == 1
    assert StripeEvent.objects.get().outcome == "applied"
