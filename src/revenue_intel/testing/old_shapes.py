"""The same events as endpoints of API version 2020-03-02 are sent them.

A webhook endpoint keeps the version it was made with, so these shapes still arrive today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from revenue_intel.testing.payloads import Payload, nulls

OLD_API_VERSION: Final = "2020-03-02"


def as_of_2020(event: Mapping[str, Any], *, embedded: list[Payload] | None = None) -> Payload:
    """Return the event as the old version renders it.

    Args:
        event: what the factories of today made.
        embedded: what the old version embeds and the new one does not: the charges of a PaymentIntent,
            newest first, or the refunds of a charge. A PaymentIntent's latest charge is embedded by its
            id alone unless it is given.
    """
    payload = dict(event["data"]["object"])
    render = _RENDERERS.get(payload["object"])
    if render is not None:
        render(payload, embedded)
    for key in _LATER.get(payload["object"], "").split():
        payload.pop(key, None)
    return {**event, "api_version": OLD_API_VERSION, "data": {**event["data"], "object": payload}}


#: Keys that came later.
_LATER: Final = {
    "charge": "radar_options",
    "checkout.session": "customer_account integration_identifier managed_payments",
    "dispute": "enhanced_eligibility_types payment_method_details",
    "payment_intent": (
        "automatic_payment_methods customer_account excluded_payment_method_types "
        "payment_method_configuration_details"
    ),
    "payout": "application_fee application_fee_amount payout_method reconciliation_status trace_id",
    "refund": "customer customer_account payment_method pending_reason",
}


def _list(data: list[Payload], url: str) -> Payload:
    return {"object": "list", "data": data, "has_more": False, "total_count": len(data), "url": url}


def _payment_intent(payload: Payload, embedded: list[Payload] | None) -> None:
    latest = payload.pop("latest_charge")
    charges = [{"id": latest, "object": "charge"}] if latest and embedded is None else list(embedded or [])
    payload["charges"] = _list(charges, f"/v1/charges?payment_intent={payload['id']}")
    payload["invoice"] = None


def _charge(payload: Payload, embedded: list[Payload] | None) -> None:
    payload.update(nulls("destination dispute invoice order"))
    payload["refunds"] = _list(list(embedded or []), f"/v1/charges/{payload['id']}/refunds")


def _dispute(payload: Payload, _embedded: list[Payload] | None) -> None:
    payload["evidence"] = {
        key: value for key, value in payload["evidence"].items() if key != "enhanced_evidence"
    }


def _session(payload: Payload, _embedded: list[Payload] | None) -> None:
    payload["shipping_details"] = None


_RENDERERS: Final[Mapping[str, Callable[[Payload, list[Payload] | None], None]]] = {
    "charge": _charge,
    "checkout.session": _session,
    "dispute": _dispute,
    "payment_intent": _payment_intent,
}
