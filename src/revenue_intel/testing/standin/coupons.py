"""Coupons, and the discounts that subscriptions have through them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Unpack

from revenue_intel.testing.events import Payload
from revenue_intel.testing.payloads import nulls
from revenue_intel.testing.standin.balance import whole
from revenue_intel.testing.standin.desk import Desk, Page, merged
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.params import between, metadata, moments, one_of, text
from revenue_intel.testing.standin.payments import LARGEST_AMOUNT
from revenue_intel.testing.standin.periods import months_later
from revenue_intel.testing.standin.routes import Kinds, Routes, get, listing, post
from revenue_intel.testing.standin.state import snapshot


def percent(param: str, raw: object) -> float:
    """Read a percentage."""
    try:
        value = float(str(raw))
    except ValueError:
        value = 0.0
    if not 0 < value <= 100:
        raise ApiFault(f"Invalid {param}: must be more than 0 and at most 100", param=param)
    return value


class CouponDesk(Desk):
    """The calls about coupons, and the sums of discounts."""

    def create_coupon(
        self,
        *,
        duration: str = "once",
        percent_off: float | None = None,
        amount_off: int | None = None,
        currency: str | None = None,
        duration_in_months: int | None = None,
        metadata: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Payload:
        """Create a coupon: ``percent_off``, or ``amount_off`` with its currency."""
        if (percent_off is None) == (amount_off is None):
            raise ApiFault("Specify exactly one of: percent_off, amount_off.", param="percent_off")
        if (amount_off is None) != (currency is None):
            raise ApiFault("amount_off goes with currency.", param="currency")
        if (duration == "repeating") != (duration_in_months is not None):
            raise ApiFault("duration_in_months goes with duration=repeating.", param="duration_in_months")
        with self._state.turn():
            coupon = self._state.add(
                {
                    **nulls("max_redemptions name redeem_by"),
                    "id": self._state.new_id("coupon"),
                    "object": "coupon",
                    "amount_off": amount_off,
                    "created": self._state.now(),
                    "currency": currency,
                    "duration": duration,
                    "duration_in_months": duration_in_months,
                    "livemode": False,
                    "metadata": merged({}, metadata),
                    "percent_off": percent_off,
                    "times_redeemed": 0,
                    "valid": True,
                    **fields,
                }
            )
            self._state.emit("coupon.created", coupon)
            copy: Payload = snapshot(coupon)
            return copy

    def get_coupon(self, coupon: str) -> Payload:
        """Return a coupon."""
        return self._retrieve("coupon", coupon)

    def list_coupons(self, *, created: Mapping[str, int] | None = None, **page: Unpack[Page]) -> Payload:
        """List coupons, newest first."""
        return self._list("coupon", equal={}, created=created, page=page)

    def _checked_coupons(self, discounts: Iterable[Mapping[str, str]]) -> list[str]:
        """Return the coupons that new discounts name, all of which exist."""
        return [
            self._state.get("coupon", row["coupon"], param=f"discounts[{position}][coupon]")["id"]
            for position, row in enumerate(discounts)
        ]

    def _grant(self, subscription: Payload, coupon: str) -> str:
        """Give a subscription a discount; its event is for the caller to send."""
        found = self._state.get("coupon", coupon)
        now, months = self._state.now(), found["duration_in_months"]
        found["times_redeemed"] += 1
        discount = self._state.add(
            {
                **nulls("checkout_session customer_account invoice invoice_item promotion_code"),
                "id": self._state.new_id("discount"),
                "object": "discount",
                "customer": subscription["customer"],
                "end": None if months is None else months_later(now, months),
                "source": {"coupon": coupon, "type": "coupon"},
                "start": now,
                "subscription": subscription["id"],
                "subscription_item": None,
            }
        )
        identifier: str = discount["id"]
        return identifier

    def _end_discounts(self, subscription: Payload, *, used: bool) -> None:
        """Take away the discounts whose time is over, or that were good for one invoice."""
        kept = []
        for identifier in subscription["discounts"]:
            discount = self._state.get("discount", identifier)
            once = self._coupon(discount)["duration"] == "once"
            over = discount["end"] is not None and discount["end"] <= self._state.now()
            if over or (used and once):
                self._state.emit("customer.discount.deleted", discount)
            else:
                kept.append(identifier)
        subscription["discounts"] = kept

    def _coupon(self, discount: Payload) -> Payload:
        return self._state.get("coupon", discount["source"]["coupon"])

    def _off(self, lines: Iterable[Payload], discounts: Iterable[str]) -> None:
        """Write the discounts into invoice lines, each on what the ones before it left."""
        charged = [line for line in lines if line["amount"] > 0]
        for identifier in discounts:
            coupon = self._coupon(self._state.get("discount", identifier))
            left = [line["amount"] - taken(line) for line in charged]
            if coupon["percent_off"] is not None:
                share = Decimal(str(coupon["percent_off"])) / 100
                cuts = [whole(amount * share) for amount in left]
            else:
                cuts = _spread(min(coupon["amount_off"], sum(left)), left)
            for line, cut in zip(charged, cuts, strict=True):
                line["discount_amounts"].append({"amount": cut, "discount": identifier})
                line["discounts"].append(identifier)

    KINDS: ClassVar[Kinds] = ("coupon", "discount")
    ROUTES: ClassVar[Routes] = (
        post(
            "/v1/coupons",
            create_coupon,
            {
                "amount_off": between(1, LARGEST_AMOUNT),
                "currency": text,
                "duration": one_of("forever", "once", "repeating"),
                "duration_in_months": between(1, 120),
                "metadata": metadata,
                "name": text,
                "percent_off": percent,
            },
        ),
        listing("/v1/coupons", list_coupons, created=moments),
        get("/v1/coupons/{id}", get_coupon),
    )


def taken(line: Payload) -> int:
    """Return what discounts take off an invoice line."""
    return sum(cut["amount"] for cut in line["discount_amounts"])


def _spread(amount: int, over: list[int]) -> list[int]:
    """Spread an amount in proportion; the parts add up to it."""
    parts, gone, seen, total = [], 0, 0, sum(over)
    for share in over:
        seen += share
        part = amount * seen // total - gone if total else 0
        parts.append(part)
        gone += part
    return parts
