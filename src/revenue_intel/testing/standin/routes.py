"""The routes of the stand-in: method, path, parameters, and the call of the API behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.api import Api
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.params import (
    Reader,
    Spec,
    array,
    boolean,
    clearable,
    integer,
    mapping,
    metadata,
    moments,
    nested,
    one_of,
    text,
)
from revenue_intel.testing.standin.urls import url


@dataclass(frozen=True, kw_only=True)
class Route:
    """One thing that can be asked of the API."""

    method: str
    path: str
    call: Callable[..., Payload]
    spec: Spec

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression with one group per identifier."""
        return re.compile(self.path.replace("{id}", "([A-Za-z0-9_-]{1,255})"))


def _get(path: str, call: Callable[..., Payload]) -> Route:
    return Route(method="GET", path=path, call=call, spec=Spec(readers={}))


def _list(path: str, call: Callable[..., Payload], **filters: Reader) -> Route:
    readers = {"limit": integer, "starting_after": text, "ending_before": text, **filters}
    return Route(method="GET", path=path, call=call, spec=Spec(readers=readers))


def _post(
    path: str,
    call: Callable[..., Payload],
    readers: Mapping[str, Reader],
    *,
    required: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
) -> Route:
    return Route(
        method="POST", path=path, call=call, spec=Spec(readers=readers, required=required, ignored=ignored)
    )


_CUSTOMER: dict[str, Reader] = {
    "address": mapping,
    "description": clearable,
    "email": clearable,
    "metadata": metadata,
    "name": clearable,
    "phone": clearable,
    "shipping": mapping,
}

_INTENT: dict[str, Reader] = {
    "customer": text,
    "description": clearable,
    "metadata": metadata,
    "payment_method": text,
    "receipt_email": clearable,
    "setup_future_usage": one_of("off_session", "on_session"),
    "shipping": mapping,
    "statement_descriptor": clearable,
    "statement_descriptor_suffix": clearable,
}
_INTENT_IGNORED = (
    "automatic_payment_methods",
    "confirmation_method",
    "off_session",
    "payment_method_options",
    "payment_method_types",
    "return_url",
)

_PRODUCT_DATA = Spec(
    readers={"name": text, "description": text, "metadata": metadata},
    required=("name",),
    ignored=("images", "tax_code"),
)
_PRICE_DATA = Spec(
    readers={"currency": text, "unit_amount": integer, "product_data": nested(_PRODUCT_DATA)},
    required=("currency", "product_data", "unit_amount"),
    ignored=("tax_behavior",),
)
_LINE_ITEM = Spec(
    readers={"price_data": nested(_PRICE_DATA), "quantity": integer, "metadata": metadata},
    required=("price_data",),
)
_INTENT_DATA = Spec(
    readers={"description": text, "metadata": metadata, "receipt_email": text},
    ignored=("setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix"),
)
_SESSION: dict[str, Reader] = {
    "cancel_url": url,
    "client_reference_id": text,
    "customer": text,
    "customer_creation": one_of("always", "if_required"),
    "customer_email": text,
    "expires_at": integer,
    "line_items": array(nested(_LINE_ITEM)),
    "locale": text,
    "metadata": metadata,
    "mode": text,
    "payment_intent_data": nested(_INTENT_DATA),
    "submit_type": text,
    "success_url": url,
    "ui_mode": one_of("hosted_page", "hosted"),
}
_REASON = one_of("duplicate", "fraudulent", "requested_by_customer")
_CANCELLATION = one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer")

ROUTES = (
    _post("/v1/customers", Api.create_customer, _CUSTOMER, ignored=("preferred_locales", "tax_exempt")),
    _list("/v1/customers", Api.list_customers, email=text, created=moments),
    _get("/v1/customers/{id}", Api.get_customer),
    _post("/v1/customers/{id}", Api.update_customer, _CUSTOMER, ignored=("preferred_locales", "tax_exempt")),
    _post(
        "/v1/payment_intents",
        Api.create_payment_intent,
        {
            **_INTENT,
            "amount": integer,
            "capture_method": one_of("automatic", "automatic_async"),
            "confirm": boolean,
            "currency": text,
        },
        required=("amount", "currency"),
        ignored=_INTENT_IGNORED,
    ),
    _list("/v1/payment_intents", Api.list_payment_intents, customer=text, created=moments),
    _get("/v1/payment_intents/{id}", Api.get_payment_intent),
    _post(
        "/v1/payment_intents/{id}",
        Api.update_payment_intent,
        {**_INTENT, "amount": integer, "currency": text},
        ignored=_INTENT_IGNORED,
    ),
    _post(
        "/v1/payment_intents/{id}/confirm",
        Api.confirm,
        {
            name: _INTENT[name]
            for name in ("payment_method", "receipt_email", "setup_future_usage", "shipping")
        },
        ignored=_INTENT_IGNORED,
    ),
    _post("/v1/payment_intents/{id}/cancel", Api.cancel, {"cancellation_reason": _CANCELLATION}),
    _list("/v1/charges", Api.list_charges, customer=text, payment_intent=text, created=moments),
    _get("/v1/charges/{id}", Api.get_charge),
    _post(
        "/v1/refunds",
        Api.refund,
        {
            "amount": integer,
            "charge": text,
            "metadata": metadata,
            "payment_intent": text,
            "reason": _REASON,
        },
    ),
    _list("/v1/refunds", Api.list_refunds, payment_intent=text, charge=text, created=moments),
    _get("/v1/refunds/{id}", Api.get_refund),
    _post("/v1/refunds/{id}", Api.update_refund, {"metadata": metadata}),
    _post("/v1/refunds/{id}/cancel", Api.cancel_refund, {}),
    _post(
        "/v1/checkout/sessions",
        Api.create_checkout_session,
        _SESSION,
        required=("line_items", "mode", "success_url"),
        ignored=("payment_method_types", "payment_method_options"),
    ),
    _list(
        "/v1/checkout/sessions",
        Api.list_checkout_sessions,
        customer=text,
        payment_intent=text,
        status=one_of("complete", "expired", "open"),
        created=moments,
    ),
    _get("/v1/checkout/sessions/{id}", Api.get_checkout_session),
    _list("/v1/checkout/sessions/{id}/line_items", Api.list_checkout_session_line_items),
    _post("/v1/checkout/sessions/{id}/expire", Api.expire_checkout_session, {}),
    _list("/v1/events", Api.list_events, type=text, types=array(text), created=moments),
    _get("/v1/events/{id}", Api.get_event),
)


def find(method: str, path: str) -> tuple[Route, tuple[Any, ...]]:
    """Return the route of a request and the identifiers in its path.

    Raises:
        ApiFault: there is none; 404, also for a wrong method, as at Stripe.
    """
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match is not None and route.method == method:
            return route, match.groups()
    raise ApiFault(f"Unrecognized request URL ({method}: {path[:200]}).", status=404)
