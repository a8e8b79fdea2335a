"""Webhook endpoints: where events are posted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.desk import Desk, Page, change, cut, merged, newest_first
from revenue_intel.testing.standin.faults import ApiFault, missing_resource
from revenue_intel.testing.standin.params import Reader, array, boolean, clearable, metadata, text
from revenue_intel.testing.standin.refusal import StandinRefused, refuse_remote
from revenue_intel.testing.standin.routes import Routes, delete, get, listing, post
from revenue_intel.testing.standin.state import snapshot
from revenue_intel.testing.standin.urls import url as web_address

_CHANGES: dict[str, Reader] = {
    "description": clearable,
    "enabled_events": array(text),
    "metadata": metadata,
    "url": web_address,
}

_VERSION = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9](\.[a-z]{1,20})?\Z", re.ASCII)


class EndpointDesk(Desk):
    """The calls about webhook endpoints; they belong to the platform and are on this machine only."""

    def create_webhook_endpoint(
        self,
        *,
        url: str,
        enabled_events: Sequence[str] = ("*",),
        secret: str | None = None,
        api_version: str | None = None,
        connect: bool = False,
        thin: bool = False,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Payload:
        """Add an endpoint; the answer is the only one that holds its ``secret``.

        Args:
            url: an ``http`` address on this machine.
            enabled_events: the types it is told of; ``*`` means all.
            secret: signs its webhooks; a new one unless given. Not a parameter of Stripe's.
            api_version: the version whose shapes its events have; the newest unless given.
            connect: whether it is told of connected accounts instead of the platform's own events.
            thin: whether it is told by thin events, as an event destination with the payload ``thin`` is. Not
                a parameter of Stripe's.
            description: as everywhere.
            metadata: as everywhere.
        """
        _refuse_remote(url)
        if api_version is not None and not _VERSION.match(api_version):
            raise ApiFault(f"Invalid API version: {api_version[:40]}", param="api_version")
        with self._state.turn():
            endpoint = {
                "id": self._state.new_id("webhook_endpoint"),
                "object": "webhook_endpoint",
                "api_version": api_version,
                "application": None,
                "created": self._state.now(),
                "description": description,
                "enabled_events": list(enabled_events),
                "livemode": False,
                "metadata": merged({}, metadata),
                "status": "enabled",
                "url": url,
            }
            key = secret or f"whsec_{self._state.new_id('secret')}"
            self._state.office.open(endpoint, secret=key, connect=connect, thin=thin)
            return {**snapshot(endpoint), "secret": key}

    def get_webhook_endpoint(self, webhook_endpoint: str) -> Payload:
        """Return an endpoint."""
        with self._state.turn():
            copy: Payload = snapshot(self._endpoint(webhook_endpoint))
            return copy

    def update_webhook_endpoint(
        self, webhook_endpoint: str, *, disabled: bool | None = None, **changes: Any
    ) -> Payload:
        """Change what an endpoint is told, or disable it; an event made meanwhile never reaches it."""
        with self._state.turn():
            endpoint = self._endpoint(webhook_endpoint)
            if disabled is not None:
                changes["status"] = "disabled" if disabled else "enabled"
            if "url" in changes:
                _refuse_remote(changes["url"])
                self._state.office.endpoints[webhook_endpoint].courier.url = changes["url"]
            change(endpoint, changes)
            copy: Payload = snapshot(endpoint)
            return copy

    def delete_webhook_endpoint(self, webhook_endpoint: str) -> Payload:
        """Remove an endpoint."""
        with self._state.turn():
            self._endpoint(webhook_endpoint)
        self._state.office.close(webhook_endpoint)
        return {"id": webhook_endpoint, "object": "webhook_endpoint", "deleted": True}

    def list_webhook_endpoints(self, **page: Unpack[Page]) -> Payload:
        """List endpoints, newest first."""
        with self._state.turn():
            rows = newest_first(endpoint.payload for endpoint in self._state.office.endpoints.values())
            return cut(rows, kind="webhook_endpoint", url="/v1/webhook_endpoints", page=page)

    def _endpoint(self, identifier: str) -> Payload:
        if identifier not in self._state.office.endpoints:
            raise missing_resource("webhook_endpoint", identifier)
        return self._state.office.endpoints[identifier].payload

    ROUTES: ClassVar[Routes] = (
        post(
            "/v1/webhook_endpoints",
            create_webhook_endpoint,
            {**_CHANGES, "api_version": text, "connect": boolean},
            required=("enabled_events", "url"),
        ),
        listing("/v1/webhook_endpoints", list_webhook_endpoints),
        get("/v1/webhook_endpoints/{id}", get_webhook_endpoint),
        post("/v1/webhook_endpoints/{id}", update_webhook_endpoint, {**_CHANGES, "disabled": boolean}),
        delete("/v1/webhook_endpoints/{id}", delete_webhook_endpoint),
    )


def _refuse_remote(url: str) -> None:
    try:
        refuse_remote(url)
    except StandinRefused as refused:
        raise ApiFault(str(refused), code="url_invalid", param="url") from refused
