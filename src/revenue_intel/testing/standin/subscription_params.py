"""The parameters of subscriptions."""

from __future__ import annotations

from revenue_intel.testing.standin.params import (
    Reader,
    Spec,
    array,
    between,
    boolean,
    clearable,
    integer,
    metadata,
    nested,
    one_of,
    text,
)

_ITEM: dict[str, Reader] = {"metadata": metadata, "price": text, "quantity": integer}
_NEW_ITEM = Spec(readers=_ITEM, required=("price",))
_CHANGED_ITEM = Spec(readers={**_ITEM, "id": text, "deleted": boolean})
_DISCOUNT = Spec(readers={"coupon": text}, required=("coupon",))
_PAUSE = Spec(
    readers={
        "behavior": one_of("keep_as_draft", "mark_uncollectible", "void"),
        "resumes_at": integer,
    },
    required=("behavior",),
)
_END_BEHAVIOR = Spec(readers={"missing_payment_method": one_of("cancel", "create_invoice", "pause")})
_TRIAL_SETTINGS = Spec(readers={"end_behavior": nested(_END_BEHAVIOR)})


def _pause(param: str, raw: object) -> object:
    """Read ``pause_collection``; an empty string ends the pause."""
    return "" if raw == "" else nested(_PAUSE)(param, raw)  # type: ignore[arg-type]  # a form, as everywhere


_BOTH: dict[str, Reader] = {
    "cancel_at_period_end": boolean,
    "default_payment_method": text,
    "description": clearable,
    "discounts": array(nested(_DISCOUNT)),
    "metadata": metadata,
}
CREATION: dict[str, Reader] = {
    **_BOTH,
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "customer": text,
    "items": array(nested(_NEW_ITEM)),
    "trial_end": integer,
    "trial_period_days": between(1, 730),
    "trial_settings": nested(_TRIAL_SETTINGS),
}
CHANGES: dict[str, Reader] = {
    **_BOTH,
    "items": array(nested(_CHANGED_ITEM)),
    "pause_collection": _pause,
    "proration_behavior": one_of("always_invoice", "create_prorations", "none"),
}
CANCEL: dict[str, Reader] = {
    "cancellation_details": nested(Spec(readers={"comment": clearable, "feedback": clearable}))
}
STATUS = one_of(
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
)
IGNORED = ("days_until_due", "off_session", "payment_behavior", "payment_settings")
