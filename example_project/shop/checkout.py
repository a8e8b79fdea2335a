"""From a cart to an order: one transaction, priced from the database."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from shop import carts, funnel
from shop.errors import ShopError
from shop.models import Cart, Order, OrderLine
from shop.pricing import Quote, quote


class EmptyBasketError(ShopError):
    """There is nothing in the basket, or nothing any more."""


class PriceChangedError(ShopError):
    """The total is no longer the one the customer was shown."""


@transaction.atomic
def place_order(
    *,
    user: User,
    cart: Cart,
    currency: str,
    delivery: Mapping[str, str],
    seen_total: Decimal | None,
    voucher: str = "",
) -> Order:
    """Turn a cart into a pending order and empty it.

    Locks the cart, so that pressing the button twice makes one order. Stock is not taken here: it is
    taken when the payment arrives.

    Args:
        user: the customer.
        cart: their cart.
        currency: what they pay in.
        delivery: ``name``, ``address``, ``city``, ``postcode`` and ``country``.
        seen_total: the total on the page they confirmed; only compared with, never charged.
        voucher: its code; an unknown one is none.

    Raises:
        EmptyBasketError: the cart is empty.
        PriceChangedError: ``seen_total`` is not today's total.
        ShopError: something in it cannot be bought.
    """
    Cart.objects.select_for_update().get(pk=cart.pk)
    priced = quote(lines=carts.lines_of(cart), currency=currency, voucher=voucher)
    if not priced.lines:
        raise EmptyBasketError("Your basket is empty.")
    if priced.problems:
        raise ShopError(" ".join(priced.problems))
    if seen_total != priced.total:
        raise PriceChangedError("A price has changed while you were shopping. Please look at the new total.")
    order = _create_order(user=user, priced=priced, delivery=delivery)
    carts.lines_of(cart).delete()
    funnel.checkout_started(order)
    return order


def find_placed(*, user: User, currency: str, seen_total: Decimal | None) -> Order | None:
    """Return the customer's latest order if it is the one of that total, for a form that was sent twice."""
    latest = Order.objects.filter(user=user).first()
    same = latest is not None and (latest.currency, latest.total) == (currency, seen_total)
    return latest if same else None


def _create_order(*, user: User, priced: Quote, delivery: Mapping[str, str]) -> Order:
    order = Order.objects.create(
        user=user,
        email=user.email,
        currency=priced.currency,
        subtotal=priced.subtotal,
        discount=priced.discount,
        shipping=priced.shipping,
        total=priced.total,
        **delivery,
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            product=quoted.line.product,
            variant=quoted.line.variant,
            name=quoted.line.product.name,
            variant_name=quoted.line.variant.name if quoted.line.variant else "",
            quantity=quoted.line.quantity,
            unit_price=quoted.unit_price,
            amount=quoted.amount,
        )
        for quoted in priced.lines
    )
    return order
