"""A running stand-in, the official SDK pointed at it, and plain HTTP beside it."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from revenue_intel.testing.standin import Standin
from tests.testing.receiver import Receiver

SECRET = "whsec_test_secret"


class Reply(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str


Http = Callable[..., Reply]


@pytest.fixture(autouse=True)
def no_stripe_key_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own keys out of the tests."""
    for name in ("STRIPE_SECRET_KEY", "STRIPE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def standin(no_stripe_key_around: None) -> Iterator[Standin]:
    """A stand-in that posts nothing."""
    with Standin(secret=SECRET) as running:
        yield running


@pytest.fixture
def sdk(standin: Standin) -> stripe.StripeClient:
    """The official SDK."""
    return stripe.StripeClient(standin.api_key, base_addresses={"api": standin.url}, max_network_retries=0)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook endpoint that accepts everything."""
    running = Receiver()
    yield running
    running.close()


def send(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Send one request over a connection of its own; redirects are not followed."""
    parts = urlsplit(url)
    sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
    data = urlencode(form).encode() if form is not None else body
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body=data, headers=sent)
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.headers.items()), answer.read().decode())
    finally:
        connection.close()


@pytest.fixture
def http_api(standin: Standin) -> Http:
    """Plain HTTP to the API with the right key: ``http_api("POST", "/v1/refunds", form={…})``."""

    def call(method: str, path: str, *, headers: Mapping[str, str] | None = None, **more) -> Reply:
        key = {"Authorization": f"Bearer {standin.api_key}"}
        return send(method, standin.url + path, headers={**key, **(headers or {})}, **more)

    return call
