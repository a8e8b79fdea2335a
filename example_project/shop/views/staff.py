"""The orders of all customers, for staff: who runs the shop cancels, dispatches and refunds, analysts look."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from revenue_intel.audit.services import actor_of
from revenue_intel.exceptions import (
    PaymentGatewayError,
    PaymentRefusedError,
    RefundNotPossibleError,
    RevenueIntelError,
)
from revenue_intel.facts.selectors import is_payment_on_its_way
from revenue_intel.orders import services as order_commands
from revenue_intel.orders.forms import RefundForm
from shop.access import OPERATE_ORDERS, SEE_ORDERS, staff_only
from shop.forms import StaffFilterForm
from shop.models import Order
from shop.views.paging import page_of, query_without_page

PAGE_SIZE = 25


@require_safe
@staff_only(SEE_ORDERS)
def staff_orders(request: HttpRequest) -> HttpResponse:
    """The order list, by status."""
    form = StaffFilterForm(request.GET)
    if not form.is_valid():
        messages.warning(request, "There is no such status. These are all orders.")
    status = form.cleaned_data.get("status", "")
    rows = Order.objects.filter(status=status) if status else Order.objects.all()
    return render(
        request,
        "shop/staff_orders.html",
        {
            "page": page_of(request, rows, size=PAGE_SIZE),
            "query": query_without_page(request),
            "status": status,
            "statuses": Order.Status.choices,
        },
    )


@require_safe
@staff_only(SEE_ORDERS)
def staff_order(request: HttpRequest, reference: str) -> HttpResponse:
    """One order with its lines and address."""
    order = get_object_or_404(Order, reference=reference)
    return render(
        request,
        "shop/staff_order.html",
        {
            "order": order,
            "lines": order.lines.select_related("product"),
            "is_on_its_way": is_payment_on_its_way(reference=order.reference),
        },
    )


@require_POST
@staff_only(OPERATE_ORDERS)
def cancel_order(request: HttpRequest, reference: str) -> HttpResponse:
    """Cancel an order that has not been paid."""
    return _operate(
        request, reference, command=order_commands.cancel, done="canceled", offer="can_be_canceled"
    )


@require_POST
@staff_only(OPERATE_ORDERS)
def fulfil_order(request: HttpRequest, reference: str) -> HttpResponse:
    """Dispatch a paid order."""
    return _operate(
        request, reference, command=order_commands.fulfil, done="dispatched", offer="can_be_fulfilled"
    )


@require_POST
@staff_only(OPERATE_ORDERS)
def refund_order(request: HttpRequest, reference: str) -> HttpResponse:
    """Give money back: the amount that was typed, or all that is left where none was."""
    order = get_object_or_404(Order, reference=reference)
    form = RefundForm(request.POST, currency=order.currency.lower())
    if not form.is_valid():
        messages.error(request, "Type an amount such as 5.00, or leave it empty to refund all that is left.")
        return redirect("shop:staff-order", order.reference)
    command = partial(order_commands.refund, **form.as_arguments())
    return _operate(request, reference, command=command, done="refunded", offer="can_be_refunded")


def _operate(
    request: HttpRequest, reference: str, *, command: Callable[..., Any], done: str, offer: str
) -> HttpResponse:
    """Carry out a command and say what came of it; ``offer`` is the order's property that shows its button."""
    order = get_object_or_404(Order, reference=reference)
    try:
        command(reference=order.reference, actor=actor_of(request.user))
    except PaymentRefusedError:
        messages.error(request, f"{order} cannot be {done}: Stripe refused. Trying again does not help.")
    except PaymentGatewayError:
        messages.error(
            request, f"{order} cannot be {done} just now: Stripe does not answer. Please try again."
        )
    except RefundNotPossibleError as error:
        messages.error(request, str(error))
    except RevenueIntelError as error:
        # Somebody else, or the payment, was quicker: the page shows what it is now.
        order.refresh_from_db()
        now = f"{order} cannot be {done}: it is now “{order.get_status_display().lower()}”."
        messages.error(request, str(error) if getattr(order, offer) else now)
    else:
        order.refresh_from_db()
        partly = "partly " if order.status == Order.Status.PARTIALLY_REFUNDED and done == "refunded" else ""
        messages.success(request, f"{order} is {partly}{done}.")
    return redirect("shop:staff-order", order.reference)
