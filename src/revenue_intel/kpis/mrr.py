"""Monthly recurring revenue of one state of a subscription (KPI contract K13–K15). Nothing here reads a database.

An item's amount is exact until it is rounded, half up and once; from then on there are integers
only, so that what is added up and what is broken down agree to the minor unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from typing import Final

from revenue_intel.facts.models import SubscriptionStatus
from revenue_intel.facts.terms import DiscountTerms, ItemTerms

#: Months in an interval, as (numerator, denominator): a year has twelve months, 52 weeks, 365 days.
MONTHS_INVERSE: Final = {"year": (1, 12), "month": (1, 1), "week": (52, 12), "day": (365, 12)}
#: A trial is no revenue yet, ``unpaid`` and ``paused`` none any more; ``past_due`` is still hoped for (K14).
COUNTING: Final = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE})
#: Ours, because the host's context may round earlier.
EXACT: Final = Context(prec=80, rounding=ROUND_HALF_UP)


class DiscountPolicy(StrEnum):
    """Which discounts lower MRR (K15): those for ever, or all that apply at the time."""

    FOREVER_ONLY = "forever_only"
    ALL_ACTIVE = "all_active"


@dataclass(frozen=True, kw_only=True)
class StateMrr:
    """What a state is worth a month, in minor units, and what could not be counted in it.

    ``excluded_items`` are metered or tiered; ``unknown_discounts`` are those of which Stripe sent an id and no terms.
    ``items`` are those that have a price, by Stripe's id, and what each is worth: they add up to ``minor``.
    """

    minor: int
    excluded_items: int = 0
    unknown_discounts: int = 0
    items: tuple[tuple[str, int], ...] = field(default=(), compare=False)


def measure(
    *,
    status: str,
    items: Sequence[ItemTerms],
    discounts: Sequence[DiscountTerms] = (),
    at: datetime,
    policy: DiscountPolicy = DiscountPolicy.FOREVER_ONLY,
) -> StateMrr:
    """Return the MRR of a state, as of ``at``. A state that does not count is worth nothing.

    The discounts of an item apply before those of the subscription; each to what the ones before it left.
    """
    if status not in COUNTING:
        return StateMrr(minor=0)
    priced = [item for item in items if is_priced(item)]
    with localcontext(EXACT):
        amounts = [_amount(item) for item in priced]
        for position, item in enumerate(priced):
            for discount in _applicable(item.discounts, at, policy):
                _take_off(amounts, [position], discount)
        for discount in _applicable(discounts, at, policy):
            eligible = [n for n, item in enumerate(priced) if _covers(discount, item)]
            _take_off(amounts, eligible, discount)
        monthly = [_monthly(amount, item) for amount, item in zip(amounts, priced, strict=True)]
    stated = [*discounts, *(discount for item in items for discount in item.discounts)]
    return StateMrr(
        minor=sum(monthly),
        items=tuple((item.item, minor) for item, minor in zip(priced, monthly, strict=True)),
        excluded_items=len(items) - len(priced),
        unknown_discounts=sum(not discount.duration for discount in stated),
    )


def is_priced(item: ItemTerms) -> bool:
    """Say whether an item has a price that is known beforehand: metered and tiered ones have none."""
    return item.usage_type == "licensed" and item.billing_scheme == "per_unit"


def _amount(item: ItemTerms) -> Decimal:
    """Return what an item costs each time it is billed, before discounts."""
    quantity = Decimal(item.quantity or 0)
    if item.divide_by:
        rounding = ROUND_CEILING if item.round_quantity == "up" else ROUND_FLOOR
        quantity = (quantity / item.divide_by).to_integral_value(rounding)
    return (item.unit_amount or Decimal(0)) * quantity


def _monthly(amount: Decimal, item: ItemTerms) -> int:
    """Return the amount a month, rounded: the one division comes last, so that a half is a half."""
    numerator, denominator = MONTHS_INVERSE[item.interval]
    return int((amount * numerator / (denominator * item.interval_count)).to_integral_value(ROUND_HALF_UP))


def _applicable(
    discounts: Iterable[DiscountTerms], at: datetime, policy: DiscountPolicy
) -> list[DiscountTerms]:
    return [
        discount
        for discount in discounts
        if (discount.duration == "forever" or (discount.duration and policy is DiscountPolicy.ALL_ACTIVE))
        and (discount.ends_at is None or at < discount.ends_at)
    ]


def _covers(discount: DiscountTerms, item: ItemTerms) -> bool:
    return not discount.products or item.product in discount.products


def _take_off(amounts: list[Decimal], eligible: Sequence[int], discount: DiscountTerms) -> None:
    """Lower the eligible amounts: by a percentage, or by one amount a bill, spread in proportion."""
    total = sum((amounts[n] for n in eligible), Decimal(0))
    if not total:
        return
    off = min(Decimal(discount.amount_off_minor or 0), total)
    for n in eligible:
        if discount.percent_off is not None:
            amounts[n] = amounts[n] * (100 - discount.percent_off) / 100
        else:
            amounts[n] -= amounts[n] * off / total
