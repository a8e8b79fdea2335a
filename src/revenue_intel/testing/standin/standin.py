"""The stand-in as one object: start it, point the SDK at it, stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from revenue_intel.testing.events import Payload
from revenue_intel.testing.ids import IdSource
from revenue_intel.testing.standin.api import Api
from revenue_intel.testing.standin.delivery import Delivery
from revenue_intel.testing.standin.dispatch import Dispatcher
from revenue_intel.testing.standin.hosted import HostedPage
from revenue_intel.testing.standin.post_office import PostOffice, Shelf
from revenue_intel.testing.standin.refusal import StandinRefused, refuse_live_keys, refuse_remote
from revenue_intel.testing.standin.server import HOST, StandinServer
from revenue_intel.testing.standin.state import State
from revenue_intel.testing.standin.terms import Terms


class Standin:
    """A local Stripe for tests and demos.

    With the official SDK::

        with Standin(secret="whsec_test", webhook_url="http://127.0.0.1:8000/payments/webhook/") as stripe_:
            client = stripe.StripeClient(stripe_.api_key, base_addresses={"api": stripe_.url})

    In the same process, without HTTP and at any time::

        standin = Standin(secret="whsec_test", queue_events=True, seed=1)
        with standin.at(1_700_000_000):
            intent = standin.api.create_payment_intent(amount=2500, currency="gbp")
            standin.api.confirm(intent["id"], payment_method="pm_card_visa")
        for event in standin.take_events(): ...
    """

    def __init__(
        self,
        *,
        secret: str,
        webhook_url: str = "",
        api_key: str = "sk_test_standin",
        port: int = 0,
        clock: Callable[[], int] | None = None,
        events: Collection[str] | None = None,
        seed: int | None = None,
        queue_events: bool = False,
        connect_url: str = "",
        api_version: str | None = None,
        terms: Terms = Terms(),  # noqa: B008 - frozen
    ) -> None:
        """Prepare a stand-in; nothing listens before :meth:`start`.

        Args:
            secret: signs the webhooks; the whole string, including ``whsec_``.
            webhook_url: where events are posted, on this machine; nowhere when empty.
            api_key: the test key callers use; any other ``sk_test_…`` is taken too.
            port: on 127.0.0.1; 0 takes a free one.
            clock: returns Unix seconds; the real time when not given.
            events: the types to deliver; all when not given.
            seed: makes identifiers repeatable.
            queue_events: keep the events for :meth:`take_events` instead of posting them.
            connect_url: where the events of connected accounts are posted, with the same secret.
            api_version: the version whose shapes the posted events have; the newest when not given.
            terms: fees, currencies, waiting times and the like.

        Raises:
            StandinRefused: a live key is given or configured, or the webhook URL leads elsewhere.
        """
        if not secret:
            raise StandinRefused("The Stripe stand-in needs a secret to sign with, such as whsec_test.")
        refuse_live_keys(api_key)
        for url in filter(None, (webhook_url, connect_url)):
            refuse_remote(url)
        self.api_key = api_key
        self.secret = secret
        self._port = port
        self._office = PostOffice(shelf=Shelf(types=events) if queue_events else None)
        self._state = State(
            clock=clock or (lambda: int(time.time())), ids=IdSource(seed), office=self._office, terms=terms
        )
        self.api = Api(self._state)
        self._register(webhook_url, events=events, api_version=api_version)
        self._register(connect_url, events=events, api_version=api_version, connect=True)
        self._server: StandinServer | None = None
        self._thread: threading.Thread | None = None

    def _register(
        self, url: str, *, events: Collection[str] | None, api_version: str | None, connect: bool = False
    ) -> None:
        """Add an endpoint with this stand-in's secret, if there is an address."""
        if url:
            self.api.create_webhook_endpoint(
                url=url,
                secret=self.secret,
                enabled_events=["*"] if events is None else list(events),
                api_version=api_version,
                connect=connect,
            )

    @property
    def url(self) -> str:
        """The address to give the SDK, for example ``http://127.0.0.1:12111``.

        Raises:
            RuntimeError: the stand-in does not listen.
        """
        if self._server is None:
            raise RuntimeError("The stand-in has no address before start() and after stop().")
        return f"http://{HOST}:{self._server.server_port}"

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to post an event, in order."""
        return list(self._office.deliveries)

    @property
    def events(self) -> list[Payload]:
        """The events that wait for :meth:`take_events`; always empty without ``queue_events``."""
        with self._state.lock:
            return self._office.shelved()

    def take_events(self) -> list[Payload]:
        """Return the waiting events, in the order of creation, and forget them."""
        with self._state.lock:
            waiting = self.events
            if self._office.shelf is not None:
                self._office.shelf.events.clear()
            return waiting

    def start(self) -> Self:
        """Listen, and begin to deliver.

        Raises:
            StandinRefused: a live key is configured.
            OSError: the port is taken.
            RuntimeError: it listens already.
        """
        refuse_live_keys(self.api_key)
        if self._server is not None:
            raise RuntimeError("The stand-in listens already.")
        self._server = StandinServer(
            port=self._port,
            dispatcher=Dispatcher(state=self._state, api=self.api, api_key=self.api_key),
            hosted=HostedPage(api=self.api),
            outages=self.api.outages,
            tick=self._state.tick,
        )
        self._state.base_url = self.url
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="stripe-standin", daemon=True
        )
        self._thread.start()
        self._office.start()
        return self

    def stop(self) -> None:
        """Stop listening and delivering; what is remembered stays. Stopping twice does no harm."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._office.stop()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def at(self, moment: int) -> AbstractContextManager[None]:
        """Let this thread's calls happen at a time in the past or future, in Unix seconds."""
        return self._state.at(moment)

    def advance(self, seconds: int) -> None:
        """Move the clock forward; what is due on the way happens, each at its own time."""
        self._state.advance(seconds)

    def within(self, account: str) -> AbstractContextManager[None]:
        """Let this thread's calls happen in a connected account, ``acct_…``."""
        return self._state.within(account)

    def drain(self, timeout_seconds: float = 10.0) -> bool:
        """Wait until all events were delivered or given up; False when that took too long."""
        return self._office.drain(timeout_seconds)

    def records(self) -> dict[str, Any]:
        """Return all objects and events as plain, JSON-ready data, for audits and for :meth:`load`."""
        return self._state.records()

    def load(self, records: Mapping[str, Any]) -> None:
        """Replace all objects and events by what :meth:`records` returned; nothing is delivered again."""
        self._state.load(records)
