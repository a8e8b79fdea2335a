"""Rows of the host shop, made with few words.

``make_order(lines=[(make_product("Mug", "9.50", stock=3), 2)])`` is an order over two mugs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from tests.host.models import Order, OrderLine, Product, Variant

#: When an order was made, unless a test says otherwise.
CREATED_AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

_numbers = count(1)


def make_product(
    name: str = "Mug", price: str | Decimal = "10.00", stock: int = 5, *, is_preorder: bool = False
) -> Product:
    """Make a product with its stock; ``price`` is in major units."""
    return Product.objects.create(name=name, price=Decimal(price), stock=stock, is_preorder=is_preorder)


def make_variant(
    product: Product, name: str = "Large", price: str | Decimal | None = None, stock: int = 5
) -> Variant:
    """Make a variant with stock of its own; without a price it costs what the product costs."""
    return Variant.objects.create(
        product=product, name=name, price=product.price if price is None else Decimal(price), stock=stock
    )


def make_order(
    reference: str = "",
    lines: Iterable[tuple[Product | Variant, int]] = (),
    *,
    total: str | Decimal | None = None,
    created_at: datetime = CREATED_AT,
    email: str = "ada@example.com",
    **fields: Any,
) -> Order:
    """Make an order over (product or variant, quantity) pairs.

    The total is the sum of the lines unless it is given; without a reference it gets one of its own.
    """
    wanted = list(lines)
    order = Order.objects.create(
        reference=reference or f"R{next(_numbers):05d}",
        total=sum((item.price * quantity for item, quantity in wanted), Decimal(0))
        if total is None
        else Decimal(total),
        created_at=created_at,
        email=email,
        **fields,
    )
    for item, quantity in wanted:
        variant = item if isinstance(item, Variant) else None
        OrderLine.objects.create(
            order=order,
            product=item.product if isinstance(item, Variant) else item,
            variant=variant,
            name=str(item),
            quantity=quantity,
            unit_price=item.price,
            amount=item.price * quantity,
        )
    return order


def reprice(total: str) -> None:
    """Let every order, of one line each, cost so much: in major units."""
    Order.objects.update(total=Decimal(total))
    OrderLine.objects.update(amount=Decimal(total))
