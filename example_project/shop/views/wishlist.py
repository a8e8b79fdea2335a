"""The wishlist: see, add, take off."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from shop import funnel
from shop.access import customer
from shop.models import Product, WishlistItem
from shop.views.paging import page_of

PAGE_SIZE = 24


@require_safe
@login_required
def wishlist(request: HttpRequest) -> HttpResponse:
    """What the customer would like to have."""
    items = WishlistItem.objects.filter(user=customer(request), product__is_active=True).select_related(
        "product"
    )
    return render(request, "shop/wishlist.html", {"page": page_of(request, items, size=PAGE_SIZE)})


@require_POST
def add_to_wishlist(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a product on the wishlist; twice is once."""
    product = get_object_or_404(Product.objects.on_sale(), slug=slug)
    if not request.user.is_authenticated:
        messages.info(request, f"Log in to keep {product.name} on a wishlist.")
        return redirect_to_login(product.get_absolute_url())
    with transaction.atomic():
        item, added = WishlistItem.objects.get_or_create(user=request.user, product=product)
        if added:
            funnel.wishlisted(item)
    messages.success(request, f"{product.name} is on your wishlist.")
    return redirect(product)


@require_POST
def remove_from_wishlist(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a product off the wishlist."""
    product = get_object_or_404(Product, slug=slug)
    if not request.user.is_authenticated:
        return redirect_to_login(product.get_absolute_url())
    WishlistItem.objects.filter(user=request.user, product=product).delete()
    messages.success(request, f"{product.name} is off your wishlist.")
    return redirect("shop:wishlist")
