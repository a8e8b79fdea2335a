"""Checkout Sessions: made by the shop through the SDK, ended by the visitor on the hosted page."""

from __future__ import annotations

import time
from html import unescape

import pytest
import stripe

from revenue_intel.testing.standin import ApiFault
from tests.testing.conftest import send
from tests.testing.test_standin_payments import types


def item(name="Mug", amount=1250, quantity=2, currency="gbp"):
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}
    return {"price_data": price, "quantity": quantity}


def order(**more):
    return {
        "mode": "payment",
        "line_items": [item()],
        "success_url": "http://127.0.0.1:8000/orders/R1/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:8000/basket/?a=1&b=2",
        "client_reference_id": "R1",
        "customer_email": "ada@example.com",
        "metadata": {"order_reference": "R1"},
        "payment_intent_data": {"metadata": {"order_reference": "R1"}},
        **more,
    }


@pytest.fixture
def session(sdk):
    """An open session over two mugs, 25.00 GBP."""
    return sdk.v1.checkout.sessions.create(order())


def test_a_new_session_is_open_and_has_no_payment_yet(standin, session):
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency) == (2500, "gbp")
    assert session.payment_intent is None
    assert session.url.startswith(f"{standin.url}/c/pay/cs_test_")
    assert types(standin) == []


def test_line_items_are_shown_only_on_demand(sdk, session):
    sdk.v1.checkout.sessions.create(order())

    expanded = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    listed = sdk.v1.checkout.sessions.line_items.list(session.id)

    assert "line_items" not in session
    for rows in (expanded.line_items.data, listed.data):
        assert [(row.description, row.quantity, row.amount_total) for row in rows] == [("Mug", 2, 2500)]


def test_paying_on_the_page_pays_the_order_and_leads_back(standin, sdk, session):
    answer = send("POST", session.url, form={"action": "pay"})

    assert answer.status == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:8000/orders/R1/?session={session.id}"
    done = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.payment_intent.metadata["order_reference"] == "R1"
    assert done.payment_intent.latest_charge.billing_details.email == "ada@example.com"
    assert types(standin) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]


def test_a_declined_card_keeps_the_session_open_and_the_payment_is_tried_again(standin, sdk, session):
    declined = send("POST", session.url, form={"action": "decline"})
    first = sdk.v1.checkout.sessions.retrieve(session.id)
    send("POST", session.url, form={"action": "pay"})
    paid = sdk.v1.checkout.sessions.retrieve(session.id)

    assert declined.status == 402
    assert "Your card was declined." in declined.text
    assert first.status == "open"
    assert first.payment_intent == paid.payment_intent
    assert types(standin) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]


def test_paying_twice_pays_once(standin, session):
    send("POST", session.url, form={"action": "pay"})

    again = send("POST", session.url, form={"action": "pay"})

    assert again.status == 200
    assert "Already paid" in again.text
    assert len(standin.records()["charges"]) == 1


def test_the_page_shows_what_is_bought_and_that_it_is_a_stand_in(session):
    page = send("GET", session.url)

    assert page.status == 200
    assert "Test stand-in." in page.text
    assert "2 × Mug" in page.text
    assert "25.00 GBP" in page.text
    assert 'href="http://127.0.0.1:8000/basket/?a=1&amp;b=2"' in page.text
    assert "script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("amount", "currency", "shown"), [(500, "jpy", "500 JPY"), (1500, "kwd", "1.500 KWD")]
)
def test_the_page_knows_each_currencys_decimals(sdk, amount, currency, shown):
    session = sdk.v1.checkout.sessions.create(order(line_items=[item("Mug", amount, 1, currency)]))

    assert f"Pay {shown}" in send("GET", session.url).text


def test_everything_from_outside_is_escaped(sdk):
    nasty = "<script>alert(1)</script>\"'{total}"
    session = sdk.v1.checkout.sessions.create(
        order(line_items=[item(nasty)], customer_email="<b>@example.com", cancel_url='https://x.test/"><b>')
    )

    page = send("GET", session.url).text

    assert "<script>" not in page
    assert "<b>" not in page
    assert nasty in unescape(page)


def test_the_visitors_own_address_is_asked_for_and_kept(sdk):
    params = order(customer_creation="always")
    del params["customer_email"], params["cancel_url"]
    session = sdk.v1.checkout.sessions.create(params)
    page = send("GET", session.url)

    send("POST", session.url, form={"action": "pay", "email": " bob@example.com "})

    assert 'type="email"' in page.text
    assert "Back to the shop" not in page.text
    done = sdk.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer"]})
    assert done.customer_details.email == "bob@example.com"
    assert done.customer.email == "bob@example.com"


def test_a_guest_stays_a_guest(sdk, session):
    send("POST", session.url, form={"action": "pay"})

    assert sdk.v1.checkout.sessions.retrieve(session.id).customer is None


def test_an_existing_customer_pays_under_their_name(sdk):
    ada = sdk.v1.customers.create({"email": "ada@example.com"})
    params = order(customer=ada.id)
    del params["customer_email"]
    session = sdk.v1.checkout.sessions.create(params)
    assert "ada@example.com" in send("GET", session.url).text

    send("POST", session.url, form={"action": "pay"})

    (intent,) = sdk.v1.payment_intents.list({"customer": ada.id}).data
    (found,) = sdk.v1.checkout.sessions.list({"customer": ada.id, "status": "complete"}).data
    assert found.payment_intent == intent.id


def test_an_order_for_nothing_needs_no_payment(standin, sdk):
    session = sdk.v1.checkout.sessions.create(order(line_items=[item(amount=0)]))

    send("POST", session.url, form={"action": "pay"})

    done = sdk.v1.checkout.sessions.retrieve(session.id)
    assert (done.payment_status, done.payment_intent) == ("no_payment_required", None)
    assert types(standin) == ["checkout.session.completed"]


def test_an_expired_session_takes_no_payment(standin, sdk, session):
    send("POST", session.url, form={"action": "decline"})

    gone = sdk.v1.checkout.sessions.expire(session.id)

    assert gone.status == "expired"
    assert "has expired" in send("POST", session.url, form={"action": "pay"}).text
    assert types(standin)[-2:] == ["payment_intent.canceled", "checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        sdk.v1.checkout.sessions.expire(session.id)


def test_time_expires_a_session_and_the_event_says_when(standin, sdk):
    now = int(time.time())
    short = sdk.v1.checkout.sessions.create(order(expires_at=now + 1900))
    long = sdk.v1.checkout.sessions.create(order())

    with standin.at(now + 2000):
        listed = standin.api.list_checkout_sessions(status="expired")
        with pytest.raises(ApiFault, match="status of `expired`"):
            standin.api.pay_checkout_session(short.id)

    assert [row["id"] for row in listed["data"]] == [short.id]
    assert sdk.v1.checkout.sessions.retrieve(long.id).status == "open"
    (event,) = sdk.v1.events.list().data
    assert (event.type, event.created) == ("checkout.session.expired", now + 1900)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "subscription"}, "mode=payment only"),
        ({"line_items": []}, "line_items"),
        ({"line_items": {"a": item()}}, "Invalid array"),
        ({"line_items": "mug"}, "Invalid hash"),
        ({"line_items": [{"price": "price_1"}]}, r"line_items\[0\]\[price_data\]"),
        ({"line_items": [item(amount=-1)]}, "greater than or equal to 1"),
        ({"line_items": [item(quantity=0)]}, "greater than or equal to 1"),
        ({"line_items": [item(amount=99_999_999, quantity=2)]}, "no more than"),
        ({"line_items": [item(), item(currency="eur")]}, "same currency"),
        ({"success_url": "javascript:alert(1)"}, "Not a valid URL"),
        ({"success_url": "/orders/"}, "Not a valid URL"),
        ({"success_url": "http://[::1"}, "Not a valid URL"),
        ({"cancel_url": "http://shop.test/\r\nSet-Cookie: a=b"}, "Not a valid URL"),
        ({"expires_at": 1}, "30 minutes"),
        ({"customer": "cus_none"}, "only specify one"),
        ({"discounts": [{"coupon": "x"}]}, "unknown parameter: discounts"),
        ({"payment_intent_data": {"capture_method": "later"}}, r"payment_intent_data\[capture_method\]"),
    ],
)
def test_a_wrong_session_is_refused(sdk, change, message):
    with pytest.raises(stripe.InvalidRequestError, match=message):
        sdk.v1.checkout.sessions.create(order(**change))


def test_line_items_from_the_same_process_are_checked_too(standin):
    with pytest.raises(ApiFault, match="line_items"):
        standin.api.create_checkout_session(line_items=[], success_url="http://shop.test/")
    with pytest.raises(ApiFault, match="price_data"):
        standin.api.create_checkout_session(line_items=[{}], success_url="http://shop.test/")


def test_a_decline_from_the_same_process_leaves_the_session_open(standin):
    session = standin.api.create_checkout_session(line_items=[item()], success_url="http://shop.test/")

    declined = standin.api.decline_checkout_session(session["id"], email="ada@example.com")

    assert declined["status"] == "open"
    assert standin.records()["charges"][0]["status"] == "failed"


@pytest.mark.parametrize(
    ("method", "form", "status"),
    [
        ("POST", {}, 400),
        ("POST", {"action": "steal"}, 400),
        ("POST", {"action[a]": "pay"}, 400),
        ("POST", {"action": "pay", "email[": "x"}, 400),
        ("DELETE", {}, 405),
        ("PUT", {"action": "pay"}, 405),
    ],
)
def test_a_senseless_decision_changes_nothing(standin, session, method, form, status):
    assert send(method, session.url, form=form).status == status
    assert types(standin) == []


@pytest.mark.parametrize("name", ["cs_none", "", "%3Cb%3E", "../../v1/customers"])
def test_an_unknown_session_has_a_page_that_says_so(standin, name):
    page = send("GET", f"{standin.url}/c/pay/{name}")

    assert page.status == 404
    assert "No such checkout" in page.text
    assert "<b>" not in page.text
