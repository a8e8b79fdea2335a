"""Intake: verify the raw bytes, read the envelope, store the event once. One statement, one transaction."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final

from django.db import connections, router

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import MalformedEventError
from revenue_intel.gateway import signatures
from revenue_intel.kit import clock, prepared
from revenue_intel.webhooks import envelopes, retention
from revenue_intel.webhooks.endpoints import Endpoint
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.redaction import redact

#: What is said of each event that is stored; all else is the same for all of them.
COLUMNS: Final = (
    *("source", "event_id", "type", "api_version", "livemode", "account", "created_at", "received_at"),
    *("body", "body_sha256", "outcome", "reason", "processed_at"),
)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Where a stored event stands: its row, its outcome so far, and how often it was delivered, this time included.

    ``delivered`` is what was delivered now, a value for each of the columns.
    """

    pk: int
    outcome: str
    deliveries: int
    delivered: tuple[Any, ...]

    @cached_property
    def new(self) -> StripeEvent | None:
        """The event as it was stored, where this was the first delivery."""
        if self.deliveries > 1:
            return None
        return StripeEvent(pk=self.pk, **dict(zip(COLUMNS, self.delivered, strict=True)))

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
    outcome = StripeEvent.Outcome.IGNORED if refusal else StripeEvent.Outcome.RECEIVED
    receipt = _insert(
        *(endpoint.name, event.event_id, event.type, event.api_version, event.livemode, event.account),
        *(event.created_at, now, _redacted(body), hashlib.sha256(body).hexdigest()),
        *(outcome.value, refusal, now if refusal else None),
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


def _insert(*delivered: Any) -> Receipt:
    """Store what was delivered: a value for each of the columns."""
    alias = router.db_for_write(StripeEvent)
    connection = connections[alias]
    adapt = connection.ops.adapt_datetimefield_value
    parameters = [adapt(value) if isinstance(value, datetime) else value for value in delivered]
    with connection.cursor() as cursor:
        prepared.execute(connection, cursor, _statement(alias), parameters)
        pk, outcome, deliveries = cursor.fetchone()
    return Receipt(pk=pk, outcome=outcome, deliveries=deliveries, delivered=delivered)


@cache
def _statement(alias: str) -> str:
    table = connections[alias].ops.quote_name(StripeEvent._meta.db_table)
    return (
        f"INSERT INTO {table} ({', '.join(COLUMNS)}, waiting_for, failures) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(COLUMNS))}, '', 0) "
        f"ON CONFLICT (source, event_id) DO UPDATE SET deliveries = {table}.deliveries + 1, "
        "next_attempt_at = NULL, dead_at = NULL "  # what is settled has neither
        "RETURNING id, outcome, deliveries"
    )
