"""Asking Stripe for what a parked event waits for. A worker does it, never a request, and never in a transaction."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from revenue_intel.exceptions import ConfigurationError, PaymentGatewayError
from revenue_intel.kit import clock, transactions
from revenue_intel.webhooks import processing, registry
from revenue_intel.webhooks.models import StripeEvent

#: What an event waits for mostly comes by itself, a moment later.
PATIENCE: Final = timedelta(minutes=1)


def fetch_subject(pk: int) -> processing.Processed | None:
    """Fetch what the event ``pk`` is parked for and try it again; None where there is nothing to ask for yet.

    Raises:
        ConfigurationError: there is no secret key. The event stays parked.
        PaymentGatewayError: Stripe could not be reached or refused. The event stays parked.
    """
    row = StripeEvent.objects.defer("body").get(pk=pk)
    found = registry.find_fetcher(row.waiting_for) if row.outcome == StripeEvent.Outcome.PARKED else None
    if found is None or clock.now() - row.received_at < PATIENCE:
        return None
    fetcher, subject_id = found
    try:
        for fetched in fetcher(subject_id=subject_id, account=row.account):
            result = transactions.run(partial(registry.handle, _event(row, fetched)))
            processing.wake(result.brings)
    except (ConfigurationError, PaymentGatewayError):
        raise
    except Exception as error:
        processing.log_failure(row, "waits for what could not be taken in", error)
        processing.record_failure(pk, error)
        return processing.Processed(outcome=StripeEvent.Outcome.FAILED)
    return processing.process(pk, cause=processing.Cause.TURN)


def _event(row: StripeEvent, fetched: registry.Fetched) -> registry.Event:
    """Make the event that would have brought the object; it is witnessed now, and earlier news may yet arrive."""
    event_type, fetched_object = fetched
    return registry.Event(
        id=row.event_id,
        type=event_type,
        created=clock.now().replace(microsecond=0),
        livemode=row.livemode,
        account=row.account,
        object=fetched_object,
    )
