"""What the stand-in remembers: audits, restoring, repeatable identifiers, history at any time."""

from __future__ import annotations

import json
import threading

import pytest

from revenue_intel.testing.standin import ApiFault, CardDeclined, Standin


def play(standin: Standin, *, moment: int = 1_700_000_000) -> str:
    """One payment, half refunded; returns the PaymentIntent."""
    with standin.at(moment):
        intent = standin.api.create_payment_intent(amount=1000, currency="gbp")
        standin.api.confirm(intent["id"], payment_method="pm_card_visa")
        standin.api.refund(payment_intent=intent["id"], amount=500)
    return str(intent["id"])


def test_history_is_played_at_its_own_time():
    standin = Standin(secret="whsec_x", clock=lambda: 2_000_000_000)

    play(standin, moment=1_700_000_000)
    standin.api.create_customer()

    records = standin.records()
    assert {row["created"] for row in records["charges"] + records["refunds"]} == {1_700_000_000}
    assert [row["created"] for row in records["events"]] == [1_700_000_000] * 6 + [2_000_000_000]


def test_the_time_holds_for_one_thread_only():
    standin = Standin(secret="whsec_x", clock=lambda: 7)

    with standin.at(5), standin.at(6):
        standin.api.create_customer()
        other = threading.Thread(target=standin.api.create_customer)
        other.start()
        other.join()

    assert [row["created"] for row in standin.records()["customers"]] == [6, 7]


def test_queued_events_wait_to_be_taken():
    standin = Standin(secret="whsec_x", queue_events=True, events=["charge.succeeded", "refund.created"])
    play(standin)

    waiting = standin.events
    taken = standin.take_events()

    assert [row["type"] for row in taken] == ["charge.succeeded", "refund.created"]
    assert waiting == taken
    assert taken[0]["pending_webhooks"] == 1
    assert standin.events == []


def test_events_show_the_object_as_it_was():
    standin = Standin(secret="whsec_x", queue_events=True)
    play(standin)

    created = standin.take_events()[0]

    assert created["data"]["object"]["status"] == "requires_payment_method"


def test_a_seed_makes_everything_but_secrets_repeatable():
    first, second = (Standin(secret="whsec_x", seed=7) for _ in range(2))
    other = Standin(secret="whsec_x", seed=8)

    assert play(first) == play(second) != play(other)
    assert first.records() == second.records()


def test_records_are_json_and_can_be_loaded():
    standin = Standin(secret="whsec_x", seed=7)
    intent = play(standin)
    standin.api.create_checkout_session(
        line_items=[{"price_data": {"currency": "gbp", "unit_amount": 5, "product_data": {"name": "Mug"}}}],
        success_url="http://shop.test/",
    )
    records = json.loads(json.dumps(standin.records()))

    later = Standin(secret="whsec_x", seed=7, queue_events=True)
    later.load(records)

    assert later.records() == records
    assert later.events == []
    assert later.api.refund(payment_intent=intent)["amount"] == 500
    assert later.api.pay_checkout_session(records["checkout_sessions"][0]["id"])["status"] == "complete"


def test_a_seed_never_repeats_an_identifier_that_was_loaded():
    standin = Standin(secret="whsec_x", seed=7)
    play(standin)
    later = Standin(secret="whsec_x", seed=7)
    later.load(standin.records())

    play(later)

    identifiers = [row["id"] for name in ("payment_intents", "events") for row in later.records()[name]]
    assert len(set(identifiers)) == len(identifiers) == 2 + 12


def test_answers_are_copies():
    standin = Standin(secret="whsec_x")
    intent = standin.api.create_payment_intent(amount=1, currency="gbp")

    intent["amount"] = 99
    standin.records()["payment_intents"][0]["amount"] = 99

    assert standin.api.get_payment_intent(intent["id"])["amount"] == 1


def test_a_decline_in_the_same_process_is_an_exception_with_stripes_body():
    standin = Standin(secret="whsec_x")

    with pytest.raises(CardDeclined) as caught:
        standin.api.create_payment_intent(
            amount=1, currency="gbp", confirm=True, payment_method="pm_card_chargeDeclined"
        )

    assert isinstance(caught.value, ApiFault)
    assert caught.value.body["error"]["decline_code"] == "generic_decline"


def test_it_has_an_address_only_while_it_listens():
    standin = Standin(secret="whsec_x")
    with pytest.raises(RuntimeError, match="no address"):
        _ = standin.url

    with standin:
        assert standin.url
        with pytest.raises(RuntimeError, match="listens already"):
            standin.start()

    standin.stop()
    with pytest.raises(RuntimeError, match="no address"):
        _ = standin.url


def test_it_can_be_started_again_and_remembers():
    standin = Standin(secret="whsec_x")
    with standin:
        standin.api.create_customer(email="ada@example.com")

    with standin:
        assert standin.api.list_customers()["data"][0]["email"] == "ada@example.com"
