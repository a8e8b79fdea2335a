"""Whether an order, as the host describes it, is one that anybody should be asked to pay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from revenue_intel.exceptions import InvalidOrderError
from revenue_intel.shop import OrderRecord

MOST_MINOR: Final = 2**63 - 1
MOST_PIECES: Final = 2**31 - 1


def check_payable(record: OrderRecord) -> None:
    """Return if the order's amounts and quantities can be true, and its lines, tax and shipping are its total.

    Raises:
        InvalidOrderError: they are not; the message names everything that is wrong.
    """
    wrong = [
        f"{name} {value!r:.40}"
        for name, value, least, most in _ranges(record)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most
    ]
    if not wrong:
        asked = sum(line.amount_minor for line in record.lines) + record.tax_minor + record.shipping_minor
        if asked != record.total_minor:
            wrong.append(f"total {record.total_minor}, but its lines, tax and shipping are {asked}")
    if wrong:
        raise InvalidOrderError(f"Order {record.reference:.80} makes no sense: {'; '.join(wrong)}.")


def _ranges(record: OrderRecord) -> Iterator[tuple[str, object, int, int]]:
    """Yield each number of an order: its name, itself, the least and the most that it can be."""
    for name in ("total", "tax", "shipping", "discount"):
        yield name, getattr(record, f"{name}_minor"), 0, MOST_MINOR
    for line in record.lines:
        yield f"quantity of line {line.key}", line.quantity, 0, MOST_PIECES
        yield f"price of line {line.key}", line.unit_amount_minor, 0, MOST_MINOR
        yield f"amount of line {line.key}", line.amount_minor, 0, MOST_MINOR
        yield f"discount of line {line.key}", line.discount_minor, -MOST_MINOR, MOST_MINOR
