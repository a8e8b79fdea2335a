"""What the payload factories share, and the objects of a checkout: customer, session, line item.

Import from :mod:`revenue_intel.testing.events`, which offers all factories in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from revenue_intel.testing.ids import IdSource

Payload = dict[str, Any]

#: When objects were created unless told: 1 January 2026, 00:00 UTC. Fixed, so that no test depends on the clock.
CREATED = 1_767_225_600

ids = IdSource()


def nulls(names: str) -> Payload:
    """Return the keys that Stripe sends as null when they are not used, given as words."""
    return dict.fromkeys(names.split())


def address() -> Payload:
    """Build an empty postal address."""
    return nulls("city country line1 line2 postal_code state")


def customer(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    email: str | None = None,
    name: str | None = None,
    created: int = CREATED,
    metadata: Mapping[str, str] | None = None,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a customer."""
    return {
        **nulls("address currency customer_account default_source description discount phone"),
        **nulls("shipping test_clock"),
        "id": id or ids.new("customer"),
        "object": "customer",
        "balance": 0,
        "created": created,
        "delinquent": False,
        "email": email,
        "invoice_prefix": "STANDIN1",
        "invoice_settings": nulls("custom_fields default_payment_method footer rendering_options"),
        "livemode": livemode,
        "metadata": dict(metadata or {}),
        "name": name,
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
        **fields,
    }


_SESSION_NULLS = (
    "after_expiration allow_promotion_codes billing_address_collection client_secret consent "
    "consent_collection currency_conversion customer_account integration_identifier invoice locale "
    "origin_context payment_link payment_method_configuration_details permissions recovered_from "
    "setup_intent shipping_address_collection shipping_cost submit_type subscription wallet_options"
)


def customer_details(*, email: str | None = None, name: str | None = None) -> Payload:
    """Build what a session knows of the person who paid."""
    return {
        **nulls("business_name individual_name phone"),
        "address": address(),
        "email": email,
        "name": name,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _session_settings() -> Payload:
    """Build the parts of a session that no plain payment uses, as Stripe sends them."""
    never = {"enabled": False}
    return {
        **nulls(_SESSION_NULLS),
        "adaptive_pricing": dict(never),
        "automatic_tax": {**never, **nulls("liability provider status")},
        "collected_information": nulls("business_name individual_name shipping_details"),
        "custom_fields": [],
        "custom_text": nulls("after_submit shipping_address submit terms_of_service_acceptance"),
        "discounts": [],
        "invoice_creation": {**never, "invoice_data": {**nulls("account_tax_ids footer"), "metadata": {}}},
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "phone_number_collection": dict(never),
        "saved_payment_method_options": None,
        "shipping_options": [],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": None,
    }


def checkout_session(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    amount_total: int = 2500,
    currency: str = "gbp",
    status: str = "complete",
    payment_status: str | None = None,
    created: int = CREATED,
    payment_intent: str | None = None,
    client_reference_id: str | None = None,
    customer: str | None = None,
    customer_email: str | None = None,
    email: str | None = None,
    metadata: Mapping[str, str] | None = None,
    success_url: str | None = None,
    cancel_url: str | None = None,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a Checkout Session in payment mode.

    ``payment_status`` follows from ``status`` unless given; ``email`` is the address the visitor left
    on the hosted page, ``customer_email`` the one the shop sent along.
    """
    visitor = email or customer_email
    return {
        **_session_settings(),
        "id": id or ids.new("checkout.session"),
        "object": "checkout.session",
        "amount_subtotal": amount_total,
        "amount_total": amount_total,
        "cancel_url": cancel_url,
        "client_reference_id": client_reference_id,
        "created": created,
        "currency": currency,
        "customer": customer,
        "customer_creation": "if_required",
        "customer_details": customer_details(email=visitor) if visitor else None,
        "customer_email": customer_email,
        "expires_at": created + 24 * 60 * 60,
        "livemode": livemode,
        "metadata": dict(metadata or {}),
        "payment_intent": payment_intent,
        "payment_status": payment_status or ("paid" if status == "complete" else "unpaid"),
        "status": status,
        "success_url": success_url,
        **fields,
    }


def _price(*, amount: int, currency: str, created: int, livemode: bool) -> Payload:
    return {
        **nulls("custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity"),
        "id": ids.new("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": currency,
        "livemode": livemode,
        "metadata": {},
        "product": ids.new("product"),
        "tax_behavior": "unspecified",
        "type": "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def line_item(
    *,
    id: str | None = None,  # noqa: A002 - Stripe's own key
    description: str = "A thing",
    unit_amount: int = 2500,
    quantity: int = 1,
    currency: str = "gbp",
    created: int = CREATED,
    metadata: Mapping[str, str] | None = None,
    livemode: bool = False,
    **fields: Any,
) -> Payload:
    """Build a line item of a Checkout Session; its amounts are unit amount times quantity."""
    amount = unit_amount * quantity
    return {
        "id": id or ids.new("item"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": description,
        "metadata": dict(metadata or {}),
        "price": _price(amount=unit_amount, currency=currency, created=created, livemode=livemode),
        "quantity": quantity,
        **fields,
    }
