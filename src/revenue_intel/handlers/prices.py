"""What a subscription costs: items with a price or, before prices, a plan; discounts with or without their terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from revenue_intel.exceptions import UnsupportedShapeError
from revenue_intel.facts.terms import DiscountTerms, ItemTerms
from revenue_intel.handlers import billing_fields, fields

INTERVALS: Final = frozenset({"day", "week", "month", "year"})
USAGE_TYPES: Final = frozenset({"licensed", "metered"})
BILLING_SCHEMES: Final = frozenset({"per_unit", "tiered"})
DURATIONS: Final = frozenset({"forever", "once", "repeating"})
MAX_INTERVALS: Final = 10_000
MAX_QUANTITY: Final = 10**9


def items_of(subscription: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], bool]:
    """Return the raw items of a subscription, and whether Stripe sent only some of them.

    A subscription from before there were items is its own only one.

    Raises:
        UnsupportedShapeError: it has neither items nor a plan.
    """
    if "items" not in subscription and "plan" in subscription:
        return [subscription], False
    sublist = fields.mapping(subscription, "items")
    found = list(fields.items(sublist, "data"))
    if not found:
        raise UnsupportedShapeError("A subscription has no items.")
    return found, billing_fields.is_truncated(sublist)


def period_of(subscription: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return the running period: the subscription's own, since 2025-03-31 that of the item that ends first.

    Raises:
        UnsupportedShapeError: neither says when it starts and ends.
    """
    own = "current_period_end" in subscription
    holders = [subscription] if own else items_of(subscription)[0]
    periods = [
        (fields.timestamp(holder, "current_period_end"), fields.timestamp(holder, "current_period_start"))
        for holder in holders
    ]
    end, start = min(periods)
    return start, end


def item_terms(item: Mapping[str, Any]) -> ItemTerms:
    """Return what an item costs.

    Raises:
        UnsupportedShapeError: it has neither price nor plan, or what decides its amount is missing.
    """
    price = fields.mapping(item, "price")
    recurring = fields.mapping(price, "recurring")
    transform = fields.mapping(price, "transform_quantity")
    amount_key = "unit_amount"
    if not price:
        price = recurring = fields.mapping(item, "plan")
        transform = fields.mapping(price, "transform_usage")
        amount_key = "amount"
    usage_type = billing_fields.word(recurring, "usage_type", known=USAGE_TYPES)
    scheme = billing_fields.word(price, "billing_scheme", known=BILLING_SCHEMES)
    terms = ItemTerms(
        item=fields.required_id(item),
        price=fields.required_id(price),
        product=fields.id_of(price, "product"),
        interval=billing_fields.word(recurring, "interval", known=INTERVALS),
        interval_count=billing_fields.whole(recurring, "interval_count", least=1, most=MAX_INTERVALS),
        usage_type=usage_type,
        billing_scheme=scheme,
        unit_amount=None if scheme == "tiered" else _unit_amount(price, amount_key),
        quantity=None if usage_type == "metered" else _quantity(item),
        divide_by=(
            billing_fields.whole(transform, "divide_by", least=1, most=MAX_QUANTITY) if transform else None
        ),
        round_quantity=billing_fields.word(transform, "round", known={"up", "down"}) if transform else "",
        discounts=discounts_of(item),
    )
    if (terms.unit_amount or 0) * (terms.quantity or 0) >= fields.MAX_MINOR:
        raise UnsupportedShapeError("An item costs more than Stripe takes.")
    return terms


def currency_of(subscription: Mapping[str, Any]) -> str:
    """Return the currency: the subscription's own; old versions tell it with the price or plan only.

    Raises:
        UnknownCurrencyError: nothing tells it.
    """
    if subscription.get("currency") is not None:
        return fields.currency(subscription)
    first = items_of(subscription)[0][0]
    return fields.currency(fields.mapping(first, "price") or fields.mapping(first, "plan"))


def discounts_of(source: Mapping[str, Any]) -> tuple[DiscountTerms, ...]:
    """Return the discounts of a subscription or an item, in the order in which they apply.

    A list of ids or of discounts; before there were lists, one discount.

    Raises:
        UnsupportedShapeError: they are something else.
    """
    many = source.get("discounts")
    if many is None:
        return (discount_terms(source["discount"]),) if source.get("discount") is not None else ()
    if not isinstance(many, list):
        raise UnsupportedShapeError("discounts is not a list.")
    return tuple(discount_terms(each) for each in many)


def discount_terms(stated: Any) -> DiscountTerms:
    """Return a discount: an id without terms, or an object whose coupon is in ``source``, before 2025-09-30 beside it.

    Raises:
        UnsupportedShapeError: it is something else.
    """
    if not isinstance(stated, Mapping):
        return DiscountTerms(discount=fields.required_id({"id": stated}))
    source = stated if "coupon" in stated else fields.mapping(stated, "source")
    coupon = source.get("coupon")
    told = coupon_terms(coupon) if isinstance(coupon, Mapping) else None
    return replace(
        told or DiscountTerms(discount="", coupon=fields.text(source, "coupon")),
        discount=fields.text(stated, "id"),
        ends_at=billing_fields.optional_timestamp(stated, "end"),
    )


def coupon_terms(coupon: Mapping[str, Any]) -> DiscountTerms:
    """Return what a coupon takes off, and for how long.

    Raises:
        UnsupportedShapeError: it takes off neither a percentage nor an amount, or does not say for how long.
    """
    percent_off = (
        billing_fields.decimal(coupon, "percent_off") if coupon.get("percent_off") is not None else None
    )
    amount_off = fields.minor(coupon, "amount_off") if coupon.get("amount_off") is not None else None
    if (percent_off is None) == (amount_off is None) or (percent_off or 0) > 100:
        raise UnsupportedShapeError("A coupon takes off neither a percentage nor an amount.")
    products = fields.mapping(coupon, "applies_to").get("products") or []
    if not isinstance(products, list):
        raise UnsupportedShapeError("products is not a list.")
    return DiscountTerms(
        discount="",
        coupon=fields.required_id(coupon),
        duration=billing_fields.word(coupon, "duration", known=DURATIONS),
        percent_off=percent_off,
        amount_off_minor=amount_off,
        products=tuple(fields.required_id({"id": product}) for product in products),
    )


def _unit_amount(price: Mapping[str, Any], key: str) -> Decimal:
    """Return the exact price of a unit: the decimal one where there is one."""
    exact = f"{key}_decimal"
    return billing_fields.decimal(price, exact if price.get(exact) is not None else key)


def _quantity(item: Mapping[str, Any]) -> int:
    return billing_fields.whole(item, "quantity", least=0, most=MAX_QUANTITY)
