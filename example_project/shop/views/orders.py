"""Checkout and a customer's own orders."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from revenue_intel.facts.selectors import is_payment_on_its_way
from shop import carts
from shop.access import customer
from shop.checkout import EmptyBasketError, PriceChangedError, find_placed, place_order
from shop.currency import current_currency
from shop.errors import ShopError
from shop.forms import DeliveryForm, SeenTotalForm, VoucherForm
from shop.models import Order
from shop.pricing import quote
from shop.views.paging import page_of

PAGE_SIZE = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def checkout(request: HttpRequest) -> HttpResponse:
    """Where to, and how much: the order is made from what the database says. ``?voucher=`` shows it with one."""
    voucher = _voucher(request)
    form = DeliveryForm(request.POST or None, initial=_last_delivery(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_place(request, form, voucher))
        except PriceChangedError as error:
            messages.warning(request, str(error))
        except ShopError as error:
            messages.error(request, str(error))
            return redirect("shop:cart")
    priced = quote(
        lines=carts.lines_of(carts.find_cart(request)), currency=current_currency(request), voucher=voucher
    )
    if voucher and not priced.voucher:
        messages.warning(request, "There is no such voucher.")
    if not priced.can_be_ordered:
        messages.error(request, " ".join(priced.problems) or "Your basket is empty.")
        return redirect("shop:cart")
    status = 400 if request.method == "POST" else 200
    return render(request, "shop/checkout.html", {"form": form, "quote": priced}, status=status)


def _place(request: HttpRequest, form: DeliveryForm, voucher: str) -> Order:
    """Place the order; a form whose order is placed already, since the button was pressed twice, leads to that one."""
    seen = SeenTotalForm(request.POST)
    user, currency = customer(request), current_currency(request)
    seen_total = seen.cleaned_data["seen_total"] if seen.is_valid() else None
    try:
        order = place_order(
            user=user,
            cart=carts.open_cart(request),
            currency=currency,
            delivery=form.cleaned_data,
            seen_total=seen_total,
            voucher=voucher,
        )
    except EmptyBasketError:
        placed = find_placed(user=user, currency=currency, seen_total=seen_total)
        if placed is None:
            raise
        return placed
    messages.success(request, "Your order is placed. One step to go: pay for it.")
    return order


def _voucher(request: HttpRequest) -> str:
    form = VoucherForm(request.POST if request.method == "POST" else request.GET)
    return form.cleaned_data["voucher"] if form.is_valid() else "?"


def _last_delivery(request: HttpRequest) -> dict[str, str]:
    fields = list(DeliveryForm.Meta.fields)
    last = Order.objects.filter(user=customer(request)).exclude(name="").values(*fields).first()
    return last or {"name": customer(request).get_full_name()}


@require_safe
@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """The customer's orders, newest first."""
    own = Order.objects.filter(user=customer(request)).prefetch_related("lines")
    return render(request, "shop/orders.html", {"page": page_of(request, own, size=PAGE_SIZE)})


@never_cache
@require_safe
@login_required
def order(request: HttpRequest, reference: str) -> HttpResponse:
    """One order, for its owner; also where the payment page leads back to."""
    own = get_object_or_404(Order, user=customer(request), reference=reference)
    returned = request.GET.get("payment", "")
    is_on_its_way = own.can_be_paid and is_payment_on_its_way(reference=own.reference)
    can_be_paid = own.can_be_paid and not is_on_its_way
    return render(
        request,
        "shop/order.html",
        {
            "order": own,
            "lines": own.lines.select_related("product"),
            "is_on_its_way": is_on_its_way,
            "is_waiting": returned == "success" and can_be_paid,
            "was_canceled": returned == "canceled" and can_be_paid,
        },
    )


@never_cache
@require_safe
@login_required
def order_status(request: HttpRequest, reference: str) -> HttpResponse:
    """The state of an order, for the page that waits for the payment."""
    own = get_object_or_404(Order, user=customer(request), reference=reference)
    is_on_its_way = own.can_be_paid and is_payment_on_its_way(reference=own.reference)
    label = "Payment on its way" if is_on_its_way else own.get_status_display()
    return JsonResponse({"status": own.status, "label": label, "is_on_its_way": is_on_its_way})
