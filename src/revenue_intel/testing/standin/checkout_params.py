"""The parameters of a new Checkout Session."""

from __future__ import annotations

from revenue_intel.testing.standin.params import (
    Reader,
    Spec,
    array,
    integer,
    metadata,
    nested,
    one_of,
    text,
)
from revenue_intel.testing.standin.urls import url

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
    readers={
        "capture_method": one_of("automatic", "automatic_async", "manual"),
        "description": text,
        "metadata": metadata,
        "receipt_email": text,
    },
    ignored=("setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix"),
)
SESSION: dict[str, Reader] = {
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
