"""Intake: verify the raw bytes, read the envelope, store the event once. One statement, one transaction."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import connections, router

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import MalformedEventError
from revenue_intel.gateway import signatures
from revenue_intel.kit import clock, prepared
from revenue_intel.webhooks import envelopes, retention
from revenue_intel.webhooks.endpoints import Endpoint
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.redaction import redact


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Where a stored event stands: its row, its outcome so far, and how often it was delivered, this time included.

    ``new`` is the event as it was stored, where this was the first delivery.
    """

    pk: int
    outcome: str
    deliveries: int
    new: StripeEvent | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.outcome in {StripeEvent.Outcome.APPLIED, StripeEvent.Outcome.IGNORED}


def receive(*, body: bytes, signature: str, endpoint: Endpoint) -> Receipt:
    """Verify and store a delivery to ``endpoint``.

    Raises:
        SignatureError: it does not come from Stripe. Nothing was written.
        MalformedEventError: it does, but is no event that can be stored. Nothing was written.
    """
    signatures.verify(
        body=body,
        header=signature,
        secrets=endpoint.secrets,
        tolerance_seconds=conf.STRIPE_WEBHOOK_TOLERANCE_SECONDS,
        now=int(clock.now().timestamp()),
    )
    return store(body=body, endpoint=endpoint)


def store(*, body: bytes, endpoint: Endpoint) -> Receipt:
    """Store an event that is known to come from Stripe, or count one more delivery of it, in one statement.

    One that is not applied yet is due at once then, also where it was put off or dead.
    An event that the endpoint does not take is stored as ignored, with the reason; without its body where that names
    somebody who has been forgotten.

    Raises:
        MalformedEventError: it is no event that can be stored. Nothing was written.
    """
    event = envelopes.read(body)
    now = clock.now()
    refusal = endpoint.find_refusal(livemode=event.livemode, account=event.account)
    receipt = _insert(
        {
            "source": endpoint.name,
            "event_id": event.event_id,
            "type": event.type,
            "api_version": event.api_version,
            "livemode": event.livemode,
            "account": event.account,
            "created_at": event.created_at,
            "received_at": now,
            "body": _redacted(body),
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "outcome": (StripeEvent.Outcome.IGNORED if refusal else StripeEvent.Outcome.RECEIVED).value,
            "reason": refusal,
            "waiting_for": "",
            "processed_at": now if refusal else None,
            "failures": 0,
            "deliveries": 1,
        }
    )
    if refusal and receipt.new:  # nobody else looks at it
        retention.drop_if_forgotten(receipt.new)
    return receipt


def _redacted(body: bytes) -> str:
    """Return the body as it is stored: as it was signed, but for the fields that are to be left out."""
    text = body.decode("utf-8")
    if not conf.REDACT_FIELDS:
        return text
    content = json.loads(text)
    try:
        return json.dumps(content) if redact(content, conf.REDACT_FIELDS) else text
    except RecursionError as error:  # what can just be read cannot always be written
        raise MalformedEventError("The event is nested too deep.") from error


def _insert(values: dict[str, Any]) -> Receipt:
    connection = connections[router.db_for_write(StripeEvent)]
    table = connection.ops.quote_name(StripeEvent._meta.db_table)
    fields = [StripeEvent._meta.get_field(name) for name in values]
    parameters = [
        field.get_db_prep_save(value, connection)  # type: ignore[union-attr]  # all of them are concrete columns
        for field, value in zip(fields, values.values(), strict=True)
    ]
    statement = (
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))}) "  # noqa: S608
        f"ON CONFLICT (source, event_id) DO UPDATE SET deliveries = {table}.deliveries + 1, "
        "next_attempt_at = NULL, dead_at = NULL "  # what is settled has neither
        "RETURNING id, outcome, deliveries"
    )
    with connection.cursor() as cursor:
        prepared.execute(connection, cursor, statement, parameters)
        pk, outcome, deliveries = cursor.fetchone()
    new = StripeEvent(pk=pk, **values) if deliveries == 1 else None
    return Receipt(pk=pk, outcome=outcome, deliveries=deliveries, new=new)
