"""Intake: verify the raw bytes, read the envelope, store the event once. One statement, one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connections, router

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import MalformedEventError, UnsupportedShapeError
from revenue_intel.gateway import signatures
from revenue_intel.kit import clock
from revenue_intel.webhooks.models import StripeEvent

SOURCE: Final = "default"
#: What bounds each column that is filled from the envelope.
MAX_LENGTHS: Final = {"id": 255, "type": 128, "api_version": 64, "account": 255}


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Where a stored event stands: its row, and its outcome so far (``received`` where it is new)."""

    pk: int
    outcome: str

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.outcome in {StripeEvent.Outcome.APPLIED, StripeEvent.Outcome.IGNORED}


def receive(*, body: bytes, signature: str) -> Receipt:
    """Verify and store a delivery.

    Raises:
        SignatureError: it does not come from Stripe. Nothing was written.
        MalformedEventError: it does, but is no event that can be stored. Nothing was written.
    """
    signatures.verify(
        body=body,
        header=signature,
        secrets=conf.STRIPE_WEBHOOK_SECRETS,
        tolerance_seconds=conf.STRIPE_WEBHOOK_TOLERANCE_SECONDS,
        now=int(clock.now().timestamp()),
    )
    return store(body=body)


def store(*, body: bytes) -> Receipt:
    """Store an event that is known to come from Stripe: it was signed, or asked for with our own key.

    Raises:
        MalformedEventError: it is no event that can be stored. Nothing was written.
    """
    text, envelope = parse(body)
    return _store(text, envelope)


def parse(body: bytes) -> tuple[str, dict[str, Any]]:
    """Return the body as text and as an event's envelope.

    Raises:
        MalformedEventError: it is not UTF-8, not JSON, or not a snapshot event.
    """
    try:
        text = body.decode("utf-8")
        envelope = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedEventError("The verified body is not JSON.") from error
    if not isinstance(envelope, dict) or envelope.get("object") != "event":
        raise MalformedEventError("The verified body is not a snapshot event.")
    data = envelope.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("object"), dict):
        raise MalformedEventError("The event has no data.object.")
    if not isinstance(envelope.get("livemode"), bool):
        raise MalformedEventError("The event does not say whether it is live.")
    return text, envelope


def created_of(envelope: dict[str, Any]) -> datetime:
    """Return the instant of the event.

    Raises:
        MalformedEventError: there is none.
    """
    try:
        return clock.from_timestamp(envelope.get("created"))
    except UnsupportedShapeError as error:
        raise MalformedEventError("The event's created is not a timestamp.") from error


def _store(text: str, envelope: dict[str, Any]) -> Receipt:
    """Insert the event, or find the one that is there, in one statement."""
    values: dict[str, Any] = {
        "source": SOURCE,
        "event_id": _name(envelope, "id"),
        "type": _name(envelope, "type"),
        "api_version": _name(envelope, "api_version", required=False),
        "livemode": envelope["livemode"],
        "account": _name(envelope, "account", required=False),
        "created_at": created_of(envelope),
        "received_at": clock.now(),
        "body": text,
        "outcome": StripeEvent.Outcome.RECEIVED.value,
        "reason": "",
        "waiting_for": "",
        "failures": 0,
    }
    connection = connections[router.db_for_write(StripeEvent)]
    table = connection.ops.quote_name(StripeEvent._meta.db_table)
    fields = [StripeEvent._meta.get_field(name) for name in values]
    parameters = [
        field.get_db_prep_save(value, connection)  # type: ignore[union-attr]  # all of them are concrete columns
        for field, value in zip(fields, values.values(), strict=True)
    ]
    # The update writes what is there already; it is what lets RETURNING answer for a row that exists.
    statement = (
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))}) "  # noqa: S608
        f"ON CONFLICT (source, event_id) DO UPDATE SET source = {table}.source RETURNING id, outcome"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        pk, outcome = cursor.fetchone()
    return Receipt(pk=pk, outcome=outcome)


def _name(envelope: dict[str, Any], key: str, *, required: bool = True) -> str:
    value = envelope.get(key)
    if value is None and not required:
        return ""
    if (
        not isinstance(value, str)
        or not value.isprintable()
        or not (required <= len(value) <= MAX_LENGTHS[key])
    ):
        raise MalformedEventError(f"The event's {key} is missing or not a name.")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
