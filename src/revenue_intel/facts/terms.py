"""The terms of a subscription as they are kept in its states: what an item costs, what a discount takes off.

Terms are plain values, so that a state says what was agreed at that time, whatever becomes of the price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DiscountTerms:
    """A discount. Without ``duration`` only its name is known: Stripe sent an id and no more.

    ``percent_off`` is in percent, ``amount_off_minor`` off each invoice; ``ends_at`` is None where no end was told.
    """

    discount: str
    coupon: str = ""
    duration: str = ""
    percent_off: Decimal | None = None
    amount_off_minor: int | None = None
    ends_at: datetime | None = None
    products: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what a JSON column can hold."""
        return asdict(self) | {
            "percent_off": _text(self.percent_off),
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
            "products": list(self.products),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> DiscountTerms:
        """Return what ``to_json`` was made from."""
        ends_at = stored["ends_at"]
        return cls(
            **{
                **stored,
                "percent_off": _decimal(stored["percent_off"]),
                "ends_at": datetime.fromisoformat(ends_at) if ends_at else None,
                "products": tuple(stored["products"]),
            }
        )


@dataclass(frozen=True, kw_only=True)
class ItemTerms:
    """What one item of a subscription costs: ``unit_amount`` (minor units) × quantity each ``interval_count`` intervals.

    ``unit_amount`` is None for tiered prices, ``quantity`` for metered ones. With ``divide_by`` the
    quantity is divided and rounded (``round_quantity`` is ``up`` or ``down``) before it is priced.
    """

    item: str
    price: str
    product: str
    interval: str
    interval_count: int
    usage_type: str
    billing_scheme: str
    unit_amount: Decimal | None = None
    quantity: int | None = None
    divide_by: int | None = None
    round_quantity: str = ""
    discounts: tuple[DiscountTerms, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what a JSON column can hold."""
        return asdict(self) | {
            "unit_amount": _text(self.unit_amount),
            "discounts": [discount.to_json() for discount in self.discounts],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ItemTerms:
        """Return what ``to_json`` was made from."""
        return cls(
            **{
                **stored,
                "unit_amount": _decimal(stored["unit_amount"]),
                "discounts": tuple(DiscountTerms.from_json(each) for each in stored["discounts"]),
            }
        )


def _text(value: Decimal | None) -> str | None:
    """Write one number in one way: ``10``, ``10.0`` and ``1E+1`` are the same terms.

    >>> _text(Decimal("10.50")), _text(Decimal("1000"))
    ('10.5', '1000')
    """
    return None if value is None else f"{value.normalize():f}"


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
