"""Record the terms of coupons and discounts, and complete discounts of which only a name was told.

Terms that come late apply to the past as well: what a discount takes off does not depend on when we heard of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from revenue_intel.facts import locks
from revenue_intel.facts.models import CouponFact, DiscountFact
from revenue_intel.facts.terms import DiscountTerms


def record_coupon(
    terms: DiscountTerms, *, livemode: bool, account: str = "", created_at: datetime
) -> CouponFact:
    """Record the terms of a coupon. Of two under one name the one made last counts."""
    stored = replace(terms, discount="", ends_at=None).to_json()
    coupon = locks.lock_coupon(
        CouponFact(
            coupon_id=terms.coupon, livemode=livemode, account=account, created_at=created_at, terms=stored
        )
    )
    if (created_at, _order(stored)) > (coupon.created_at, _order(coupon.terms)):
        coupon.created_at, coupon.terms = created_at, stored
        coupon.save(update_fields=["created_at", "terms"])
    return coupon


def record_discount(terms: DiscountTerms) -> DiscountFact:
    """Record which coupon a discount applies; of two ends the earlier one counts."""
    discount = locks.lock_discount(
        DiscountFact(discount_id=terms.discount, coupon_id=terms.coupon, ends_at=terms.ends_at)
    )
    ends_at = min(filter(None, (discount.ends_at, terms.ends_at)), default=None)
    if ends_at != discount.ends_at:
        discount.ends_at = ends_at
        discount.save(update_fields=["ends_at"])
    return discount


def _order(terms: dict[str, Any]) -> str:
    """Return a text to compare terms by; PostgreSQL gives the keys back in an order of its own."""
    return json.dumps(terms, sort_keys=True)


class KnownTerms:
    """The terms of every discount and coupon of one mode and account, read once."""

    def __init__(self, *, livemode: bool, account: str, using: str) -> None:
        """Read them from the database ``using``."""
        of_scope = CouponFact.objects.using(using).filter(livemode=livemode, account=account)
        self._coupons: dict[str, dict[str, Any]] = dict(of_scope.values_list("coupon_id", "terms"))
        self._discounts = {discount.discount_id: discount for discount in DiscountFact.objects.using(using)}

    def complete(self, stated: DiscountTerms) -> DiscountTerms:
        """Return the discount with its terms, where they are known and it does not bear them itself."""
        if stated.duration:
            return stated
        discount = self._discounts.get(stated.discount)
        coupon = stated.coupon or (discount.coupon_id if discount else "")
        if coupon not in self._coupons:
            return stated
        return replace(
            DiscountTerms.from_json(self._coupons[coupon]),
            discount=stated.discount,
            ends_at=stated.ends_at or (discount.ends_at if discount else None),
        )

    def complete_all(self, stated: Sequence[DiscountTerms]) -> tuple[DiscountTerms, ...]:
        """Return the discounts with their terms, in their order."""
        return tuple(self.complete(each) for each in stated)
