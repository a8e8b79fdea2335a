"""Idempotency keys: the first answer is given again, and never to another question."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
import stripe

from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.idempotency import Keys
from tests.testing.test_standin_payments import PAID, UNPAID

KEY = {"idempotency_key": "order-1"}


def test_the_same_request_gets_the_same_answer(standin, sdk):
    first = sdk.v1.payment_intents.create(UNPAID, KEY)

    again = sdk.v1.payment_intents.create(UNPAID, KEY)

    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert len(standin.records()["payment_intents"]) == 1


def test_other_parameters_are_an_idempotency_error(sdk):
    sdk.v1.payment_intents.create(UNPAID, KEY)

    with pytest.raises(stripe.IdempotencyError, match="same parameters") as caught:
        sdk.v1.payment_intents.create({**UNPAID, "amount": 1}, KEY)

    assert caught.value.http_status == 400


def test_another_endpoint_is_an_idempotency_error(sdk):
    sdk.v1.payment_intents.create(UNPAID, KEY)

    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        sdk.v1.customers.create({}, KEY)


def test_a_decline_is_kept(standin, sdk):
    params = {**PAID, "payment_method": "pm_card_chargeDeclined"}

    for _ in range(2):
        with pytest.raises(stripe.CardError):
            sdk.v1.payment_intents.create(params, KEY)

    assert len(standin.records()["charges"]) == 1


def test_a_request_that_failed_validation_may_be_corrected_under_its_key(sdk):
    with pytest.raises(stripe.InvalidRequestError):
        sdk.v1.payment_intents.create({"amount": 1}, KEY)

    assert sdk.v1.payment_intents.create(UNPAID, KEY).amount == 2500


def test_a_key_that_is_too_long_is_refused(sdk):
    with pytest.raises(stripe.IdempotencyError, match="255"):
        sdk.v1.payment_intents.create(UNPAID, {"idempotency_key": "k" * 256})


def test_a_request_under_way_holds_its_key():
    keys = Keys()
    keys.begin("k", path="/v1/refunds", params=b"")

    with pytest.raises(ApiFault) as caught:
        keys.begin("k", path="/v1/refunds", params=b"")

    assert (caught.value.status, caught.value.code) == (409, "idempotency_key_in_use")
    keys.finish("k", path="/v1/refunds", params=b"", answer=None)
    assert keys.begin("k", path="/v1/refunds", params=b"") is None


def test_twenty_at_once_make_one_payment(standin, sdk):
    seen = []

    def create() -> None:
        with suppress(stripe.APIError):  # 409: the key is busy
            seen.append(sdk.v1.payment_intents.create(UNPAID, KEY).id)

    threads = [threading.Thread(target=create) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (made,) = standin.records()["payment_intents"]
    assert set(seen) == {made["id"]}
