"""The basket: see, change a quantity, take out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from shop import carts
from shop.currency import current_currency
from shop.errors import ShopError
from shop.forms import QuantityForm
from shop.pricing import quote


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the basket, and what it costs."""
    lines = carts.lines_of(carts.find_cart(request))
    return render(
        request, "shop/cart.html", {"quote": quote(lines=lines, currency=current_currency(request))}
    )


@require_POST
def change_line(request: HttpRequest, key: int) -> HttpResponse:
    """Set the quantity of a line."""
    found = carts.find_cart(request)
    line = get_object_or_404(carts.lines_of(found), pk=key)
    form = QuantityForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"{line.label}: {form.errors['quantity'][0]}")
        return redirect("shop:cart")
    try:
        carts.change_quantity(cart=line.cart, line=line, quantity=form.cleaned_data["quantity"])
    except ShopError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{line.label}: {line.quantity} in your basket.")
    return redirect("shop:cart")


@require_POST
def remove_line(request: HttpRequest, key: int) -> HttpResponse:
    """Take a line out."""
    line = get_object_or_404(carts.lines_of(carts.find_cart(request)), pk=key)
    label = line.label
    line.delete()
    messages.success(request, f"{label} is out of your basket.")
    return redirect("shop:cart")
