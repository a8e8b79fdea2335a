"""What a cart costs today: always worked out from the database, never taken from a form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from revenue_intel.kit.money import allocate, to_major, to_minor
from shop.models import CartLine, Currency


@dataclass(frozen=True, kw_only=True)
class ShippingRate:
    """A flat fee, waived from a subtotal on."""

    fee: Decimal
    free_from: Decimal


SHIPPING = {
    Currency.GBP: ShippingRate(fee=Decimal("3.95"), free_from=Decimal("40.00")),
    Currency.USD: ShippingRate(fee=Decimal("9.50"), free_from=Decimal("75.00")),
}


# Code → per cent off the goods, not off the shipping.
VOUCHERS = {"HARBOUR10": 10}


@dataclass(frozen=True, kw_only=True)
class QuotedLine:
    """A cart line with its price; ``amount`` is after its share of the discount.

    ``problem`` says why it cannot be bought, or is empty. What cannot be bought at all costs nothing.
    """

    line: CartLine
    unit_price: Decimal
    amount: Decimal
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A priced cart."""

    currency: str
    lines: tuple[QuotedLine, ...]
    voucher: str
    discount: Decimal
    subtotal: Decimal
    shipping: Decimal
    total: Decimal
    free_shipping_from: Decimal

    @property
    def problems(self) -> list[str]:
        """Why it cannot be ordered as it is, one sentence a line."""
        return [quoted.problem for quoted in self.lines if quoted.problem]

    @property
    def can_be_ordered(self) -> bool:
        """Whether there is something in it and nothing stands against buying it."""
        return bool(self.lines) and not self.problems


def quote(*, lines: Iterable[CartLine], currency: str, voucher: str = "") -> Quote:
    """Price cart lines in a currency, naming what cannot be bought and why. An unknown voucher is none."""
    voucher = voucher.strip().upper()
    full = [_quote_line(line, currency) for line in lines]
    quoted = _discounted(full, currency, percent=VOUCHERS.get(voucher, 0))
    rate = SHIPPING[Currency(currency)]
    subtotal = sum((each.amount for each in quoted), Decimal("0.00"))
    shipping = rate.fee if Decimal(0) < subtotal < rate.free_from else Decimal("0.00")
    return Quote(
        currency=currency,
        lines=quoted,
        voucher=voucher if voucher in VOUCHERS else "",
        discount=sum((each.amount for each in full), Decimal("0.00")) - subtotal,
        subtotal=subtotal,
        shipping=shipping,
        total=subtotal + shipping,
        free_shipping_from=rate.free_from,
    )


def _discounted(lines: list[QuotedLine], currency: str, *, percent: int) -> tuple[QuotedLine, ...]:
    """Take a percentage off the whole, rounded down, and spread it so that it adds up to the penny."""
    code = currency.lower()
    amounts = [to_minor(line.amount, code) for line in lines]
    off = allocate(sum(amounts) * percent // 100, amounts) if any(amounts) else amounts
    return tuple(
        replace(line, amount=to_major(amount - part, code))
        for line, amount, part in zip(lines, amounts, off, strict=True)
    )


def _quote_line(line: CartLine, currency: str) -> QuotedLine:
    price = line.price_in(currency)
    if not line.product.is_active:
        problem = f"{line.label} is no longer sold."
    elif price is None:
        problem = f"{line.label} is not sold in {currency}. Switch the currency, or take it out."
    elif line.stock == 0:
        problem = f"{line.label} is sold out."
    elif line.stock is not None and line.quantity > line.stock:
        problem = f"Only {line.stock} of {line.label} left."
    else:
        problem = ""
    is_for_sale = line.product.is_active and line.stock != 0
    unit_price = price if price is not None and is_for_sale else Decimal("0.00")
    return QuotedLine(line=line, unit_price=unit_price, amount=unit_price * line.quantity, problem=problem)
