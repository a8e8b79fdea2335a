"""The shop window: catalogue, product page, currency switch."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from shop import carts
from shop.currency import choose_currency
from shop.errors import ShopError
from shop.forms import AddToCartForm, CurrencyForm, SearchForm
from shop.models import Product, WishlistItem
from shop.views.paging import page_of, query_without_page

PAGE_SIZE = 12


def wished_products(request: HttpRequest) -> set[int]:
    """Keys of the products on the visitor's wishlist."""
    if not request.user.is_authenticated:
        return set()
    return set(WishlistItem.objects.filter(user=request.user).values_list("product_id", flat=True))


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """All products, or those a search or category leaves."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        for problems in form.errors.values():
            messages.warning(request, f"That search was not understood. {' '.join(map(str, problems))}")
    words = form.cleaned_data.get("q", "")
    category = form.cleaned_data.get("category", "")
    products = Product.objects.on_sale().matching(words)
    if category:
        products = products.filter(category=category)
    # Adding up makes Django forget the usual order, so it is named again.
    products = products.annotate(pieces=Coalesce(Sum("variants__stock"), "stock")).order_by(
        "position", "name", "pk"
    )
    return render(
        request,
        "shop/catalogue.html",
        {
            "page": page_of(request, products, size=PAGE_SIZE),
            "query": query_without_page(request),
            "words": words,
            "category": category,
            "categories": Product.Category.choices,
            "wished": wished_products(request),
        },
    )


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product, with its options."""
    article = get_object_or_404(Product.objects.on_sale(), slug=slug)
    return _product_page(request, article, AddToCartForm(product=article))


@require_POST
def add_to_cart(request: HttpRequest, slug: str) -> HttpResponse:
    """Put pieces of a product into the basket."""
    article = get_object_or_404(Product.objects.on_sale(), slug=slug)
    form = AddToCartForm(request.POST, product=article)
    if form.is_valid():
        try:
            line = carts.add(
                cart=carts.open_cart(request),
                product=article,
                variant=form.cleaned_data.get("variant"),
                quantity=form.cleaned_data["quantity"],
            )
        except ShopError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{line.label} is in your basket.")
            return redirect("shop:cart")
    return _product_page(request, article, form, status=400)


def _product_page(
    request: HttpRequest, article: Product, form: AddToCartForm, *, status: int = 200
) -> HttpResponse:
    variants = list(article.variants.select_related("product"))
    pieces = sum(variant.stock for variant in variants) if variants else article.stock
    chosen = form.data.get("variant", "") if form.is_bound else ""
    return render(
        request,
        "shop/product.html",
        {
            "product": article,
            "variants": variants,
            "chosen": chosen,
            "pieces": pieces,
            "sold_out": not article.is_preorder and pieces == 0,
            "form": form,
            "wished": wished_products(request),
        },
        status=status,
    )


@require_POST
def currency(request: HttpRequest) -> HttpResponse:
    """Switch the currency and go back to where the visitor was."""
    form = CurrencyForm(request.POST)
    if form.is_valid():
        choose_currency(request, form.cleaned_data["currency"])
    else:
        messages.error(request, "The shop sells in pounds and in US dollars.")
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return redirect(back)
    return redirect("shop:catalogue")
