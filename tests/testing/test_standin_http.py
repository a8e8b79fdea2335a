"""Hostile and clumsy callers get a 4xx in Stripe's shape, never a 500 and never silence."""

from __future__ import annotations

import http.client
import json
import socket
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.testing.conftest import Reply, send


def error(reply: Reply) -> Any:
    """The error of an answer, after checking its shape."""
    body = json.loads(reply.text)
    assert set(body) == {"error"}
    assert body["error"]["type"] in ("invalid_request_error", "idempotency_error", "card_error")
    assert body["error"]["message"]
    return body["error"]


def basic(user: bytes) -> str:
    return f"Basic {b64encode(user).decode()}"


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer pk_test_1",
        "Bearer sk_live_1",
        "Basic",
        "Basic !!",
        basic(b"pk_test_1:"),
        basic(b"sk_live_1:"),
        basic(b"\xff:"),
        "Basic c2tfdGVzdF8x",
        "sk_test_1",
    ],
)
def test_without_a_test_key_nobody_gets_in(standin, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}

    reply = send("POST", f"{standin.url}/v1/customers", form={"email": "a@b.test"}, headers=headers)

    assert reply.status == 401
    assert "key" in error(reply)["message"].lower()
    assert standin.records()["customers"] == []


@pytest.mark.parametrize("authorization", ["bearer rk_test_other", basic(b"sk_test_other:")])
def test_any_test_key_gets_in_as_a_token_or_as_curl_sends_it(standin, authorization):
    headers = {"Authorization": authorization}

    assert send("GET", f"{standin.url}/v1/customers", headers=headers).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v1/setup_intents"),
        ("GET", "/v1/customers/"),
        ("GET", "/v1/customers/a/b"),
        ("GET", "/v1/customers/%00"),
        ("GET", "/v2/core/events"),
        ("DELETE", "/v1/customers/cus_1"),
        ("PUT", "/v1/customers"),
        ("PATCH", "/v1/customers"),
        ("OPTIONS", "/v1/customers"),
        ("GET", "/v1/payment_intents/pi_1/confirm"),
    ],
)
def test_an_unknown_route_or_method_is_404_as_at_stripe(http_api, method, path):
    reply = http_api(method, path)

    assert reply.status == 404
    assert "Unrecognized request URL" in error(reply)["message"]
    assert reply.headers["Request-Id"].startswith("req_")


def test_a_head_request_gets_no_body(http_api):
    reply = http_api("HEAD", "/v1/customers")

    assert (reply.status, reply.text) == (404, "")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe=1",
        b"name=%ff",
        b"a[b=1",
        b"a]=1",
        b"[a]=1",
        b"metadata[a][][b]=1",
        b"metadata=1&metadata[a]=2",
        b"metadata[a]=1&metadata[a][b]=2",
        b"metadata[a][b]=1&metadata[a]=2",
        b"metadata[a][b]=1",
        b"a[a][a][a][a][a][a][a][a][a][a]=1",
        b"&".join(b"metadata[%d]=1" % number for number in range(2001)),
        b"email[]=a",
        b"nonsense=1",
        b"\x00=\x00",
        b"expand=customer",
        b"expand[a]=customer",
    ],
)
def test_a_bad_form_is_400(standin, http_api, body):
    reply = http_api("POST", "/v1/customers", body=body)

    assert reply.status == 400
    error(reply)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_what_is_no_form_is_400(http_api, kind):
    reply = http_api("POST", "/v1/customers", body=b'{"email": ', headers={"Content-Type": kind})

    assert reply.status == 400
    assert "x-www-form-urlencoded" in error(reply)["message"]


def test_arrays_with_and_without_index_are_the_same(standin, http_api):
    standin.api.create_customer()
    standin.api.create_payment_intent(amount=1, currency="gbp")
    wanted = "customer.created"

    for query in (f"types[]={wanted}", f"types%5B0%5D={wanted}", f"types[]=x&types[]={wanted}"):
        listed = json.loads(http_api("GET", f"/v1/events?{query}").text)
        assert [row["type"] for row in listed["data"]] == [wanted]


def test_a_numeric_metadata_key_is_a_key(http_api):
    reply = http_api("POST", "/v1/customers", form={"metadata[0]": "a", "metadata[7]": "b"})

    assert json.loads(reply.text)["metadata"] == {"0": "a", "7": "b"}


def test_events_are_filtered_by_type_and_never_by_both_filters(standin, http_api):
    standin.api.create_payment_intent(amount=1, currency="gbp", confirm=True, payment_method="pm_card_visa")

    some = json.loads(http_api("GET", "/v1/events?type=payment_intent.*").text)["data"]
    both = http_api("GET", "/v1/events?type=a&types[]=b")

    assert [row["type"] for row in some] == ["payment_intent.succeeded", "payment_intent.created"]
    assert json.loads(http_api("GET", f"/v1/events/{some[0]['id']}").text) == some[0]
    assert both.status == 400
    assert http_api("GET", "/v1/events/evt_none").status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "1048577"}, 413),
        ({"Content-Length": "9" * 5000}, 413),
        ({"Content-Length": "-1"}, 400),
        ({"Content-Length": "ten"}, 400),
        ({"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_a_body_of_no_sane_size_is_refused_unread(standin, headers, status):
    parts = urlsplit(standin.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.putrequest("POST", "/v1/customers")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()

    answer = connection.getresponse()

    assert answer.status == status
    assert answer.getheader("Connection") == "close"
    assert json.loads(answer.read())["error"]["type"] == "invalid_request_error"
    connection.close()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"BREW /pot HTTP/1.1", b"405"),
        (b"GET /v1/customers HTTP/9.9", b"400"),
        (b"GET", b"400"),
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1", b"414"),
        (b"GET http://[::1/v1 HTTP/1.1", b"400"),
    ],
)
def test_what_is_no_request_is_answered_in_stripes_shape(standin, line, status):
    parts = urlsplit(standin.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as raw:
        raw.sendall(line + b"\r\n\r\n")
        raw.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := raw.recv(65536):
            answer += chunk

    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b'"invalid_request_error"' in answer


def ask(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    """Ask for the customers over an open connection."""
    connection.request("GET", "/v1/customers", headers={"Authorization": "Bearer sk_test_1"})
    answer = connection.getresponse()
    answer.read()
    return answer


def test_a_connection_carries_many_requests_and_ends_with_the_server(standin):
    parts = urlsplit(standin.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    for _ in range(3):
        assert ask(connection).getheader("Connection") is None

    standin.stop()

    with pytest.raises((http.client.HTTPException, OSError)):
        ask(connection)
    connection.close()


PATHS = st.sampled_from(
    [
        "/v1/customers",
        "/v1/customers/cus_1",
        "/v1/payment_intents",
        "/v1/payment_intents/pi_1/confirm",
        "/v1/refunds",
        "/v1/refunds/re_1/cancel",
        "/v1/checkout/sessions",
        "/v1/checkout/sessions/cs_1/expire",
        "/v1/charges",
        "/v1/events",
        "/c/pay/cs_1",
    ]
)
NAMES = st.sampled_from(
    [
        "amount",
        "currency",
        "metadata",
        "metadata[a]",
        "line_items",
        "line_items[0]",
        "line_items[0][price_data]",
        "expand[]",
        "expand",
        "limit",
        "created",
        "created[gt]",
        "customer",
        "email",
        "shipping",
        "shipping[a]",
        "confirm",
        "types",
        "types[]",
        "reason",
    ]
)
VALUES = st.one_of(
    st.text(max_size=20), st.integers().map(str), st.sampled_from(["gbp", "true", "data.customer"])
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from(["GET", "POST"]), path=PATHS, form=st.dictionaries(NAMES, VALUES, max_size=5))
def test_no_form_whatever_makes_it_fail(http_api, method, path, form):
    if method == "GET":
        reply = http_api("GET", f"{path}?{urlencode(form)}")
    else:
        reply = http_api("POST", path, form=form)

    assert reply.status < 500
