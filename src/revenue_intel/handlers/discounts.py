"""Coupons and discounts: the terms that events of subscriptions leave out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts import services as facts
from revenue_intel.handlers import fields, prices
from revenue_intel.webhooks.registry import Event, Handler, Result, applied


def coupon_told(event: Event) -> Result:
    """``coupon.*``: record what the coupon takes off."""
    _record_coupon(event.object, event)
    return applied()


def discount_told(event: Event) -> Result:
    """``customer.discount.*``: record which coupon the discount applies, and the coupon's terms where they are told."""
    discount = event.object
    terms = prices.discount_terms(discount)
    if not (terms.discount and terms.coupon):
        raise UnsupportedShapeError("A discount has no id or no coupon.")
    source = discount if "coupon" in discount else fields.mapping(discount, "source")
    if isinstance(source["coupon"], Mapping):
        _record_coupon(source["coupon"], event)
    facts.record_discount(terms)
    return applied()


def _record_coupon(coupon: Mapping[str, Any], event: Event) -> None:
    facts.record_coupon(
        prices.coupon_terms(coupon),
        livemode=event.livemode,
        account=event.account,
        created_at=fields.timestamp(coupon, "created"),
    )


HANDLERS: Final[Mapping[str, Handler]] = {
    **dict.fromkeys(("coupon.created", "coupon.updated"), coupon_told),
    **{f"customer.discount.{change}": discount_told for change in ("created", "updated", "deleted")},
}
