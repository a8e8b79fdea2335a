"""Carts: found by user or session, filled, changed, claimed at log-in."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from shop import funnel
from shop.errors import ShopError
from shop.models import Cart, CartLine, Product, Variant
from shop.models.carts import QUANTITY_MAXIMUM

SESSION_KEY = "cart"


def find_cart(request: HttpRequest) -> Cart | None:
    """The cart of whoever asks, if they have one."""
    if request.user.is_authenticated:
        return Cart.objects.filter(user=request.user).first()
    key = request.session.get(SESSION_KEY)
    return Cart.objects.filter(pk=key, user__isnull=True).first() if key else None


def open_cart(request: HttpRequest) -> Cart:
    """The cart of whoever asks; made on the first need."""
    if request.user.is_authenticated:
        return Cart.objects.get_or_create(user=request.user)[0]
    cart = find_cart(request)
    if cart is None:
        cart = Cart.objects.create()
        request.session[SESSION_KEY] = cart.pk
    return cart


def lines_of(cart: Cart | None) -> QuerySet[CartLine]:
    """The lines of a cart with what is needed to price them; none for no cart."""
    lines = CartLine.objects.select_related("product", "variant__product")
    return lines.filter(cart=cart) if cart else lines.none()


def count_pieces(cart: Cart | None) -> int:
    """How many pieces lie in the cart."""
    return lines_of(cart).aggregate(pieces=Sum("quantity"))["pieces"] or 0


@transaction.atomic
def add(*, cart: Cart, product: Product, variant: Variant | None, quantity: int) -> CartLine:
    """Put pieces into the cart, beside those that are there.

    Raises:
        ShopError: more than the shelf or one basket holds. Nothing is changed.
    """
    Cart.objects.select_for_update().get(pk=cart.pk)
    line = lines_of(cart).filter(product=product, variant=variant).first()
    if line is None:
        line = CartLine(cart=cart, product=product, variant=variant, quantity=0, added_at=timezone.now())
    _set_quantity(line, line.quantity + quantity)
    if cart.user is not None:
        funnel.carted(line, user=cart.user)
    return line


@transaction.atomic
def change_quantity(*, cart: Cart, line: CartLine, quantity: int) -> CartLine:
    """Set how many pieces of a line are wanted.

    Raises:
        ShopError: more than the shelf or one basket holds. Nothing is changed.
    """
    Cart.objects.select_for_update().get(pk=cart.pk)
    _set_quantity(line, quantity)
    return line


def _set_quantity(line: CartLine, quantity: int) -> None:
    if quantity > QUANTITY_MAXIMUM:
        raise ShopError(f"At most {QUANTITY_MAXIMUM} of {line.label} go into one basket.")
    if line.stock == 0:
        raise ShopError(f"{line.label} is sold out.")
    if line.stock is not None and quantity > line.stock:
        raise ShopError(f"Only {line.stock} of {line.label} left.")
    line.quantity = quantity
    line.save()


@transaction.atomic
def claim(*, request: HttpRequest, user: User) -> None:
    """Move the lines of the visitor's cart into the user's own; the larger quantity wins."""
    key = request.session.pop(SESSION_KEY, None)
    visitor_cart = Cart.objects.filter(pk=key, user__isnull=True).first() if key else None
    if visitor_cart is None:
        return
    cart, _ = Cart.objects.get_or_create(user=user)
    Cart.objects.select_for_update().get(pk=cart.pk)
    for line in list(lines_of(visitor_cart)):
        own = lines_of(cart).filter(product=line.product, variant=line.variant).first()
        if own is None:
            line.cart = cart
            line.save(update_fields=["cart"])
        elif own.quantity < line.quantity:
            own.quantity = line.quantity
            own.save(update_fields=["quantity"])
        funnel.carted(own or line, user=user)
    visitor_cart.delete()
