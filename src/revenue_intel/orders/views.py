"""What people do to an order over HTTP: pay, come back, cancel, fulfil, refund. Only a POST changes anything.

Owners reach their orders, guests by a signed link; who works in the shop by right. To everybody else
an order does not exist (404); who is not logged in may do so first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, Final

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import may
from revenue_intel.audit.services import actor_of
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import (
    ConfigurationError,
    InexactAmountError,
    InvalidOrderError,
    PaymentGatewayError,
    PaymentRefusedError,
    RevenueIntelError,
    StockOversellError,
    UnknownCurrencyError,
)
from revenue_intel.facts import selectors as facts_read
from revenue_intel.orders import checkout, lifecycle, links, refunding
from revenue_intel.orders.forms import RefundForm
from revenue_intel.shop import OrderState, find_shop

logger = logging.getLogger(__name__)

#: What is the shop's to put right: it is logged, for what the customer is told does not say what it is.
OURS: Final = (ConfigurationError, InvalidOrderError, InexactAmountError, UnknownCurrencyError)
WRONG_ORDER: Final = (
    409,
    "There is a mistake in this order, and it cannot be paid as it is. Nothing was charged. Please contact the shop.",
)

View = Callable[[HttpRequest, str], HttpResponse]

#: What people are told where our own words would not help: status and message.
PROBLEMS: Final[Mapping[type[RevenueIntelError], tuple[int, str]]] = {
    PaymentRefusedError: (
        502,
        "The payment service refused this. Nothing was done; trying again does not help.",
    ),
    PaymentGatewayError: (
        502,
        "The payment service cannot be reached just now. Please try again: nothing is done twice.",
    ),
    StockOversellError: (409, "Something in this order is sold out by now. Nothing was charged."),
    ConfigurationError: (503, "Payments are switched off in this shop just now. Nothing was charged."),
    InvalidOrderError: WRONG_ORDER,
    InexactAmountError: WRONG_ORDER,
    UnknownCurrencyError: WRONG_ORDER,
}


class SeeOther(HttpResponseRedirect):
    """303: what follows is a GET, whatever this was."""

    status_code = 303


def reached(*, by_owner: bool, by: Permission | None = None) -> Callable[[View], View]:
    """Let an order's owner, or holders of a right, reach a view; to others the order does not exist."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, reference: str) -> HttpResponse:
            shop = find_shop()
            order = shop.find_order(reference) if shop else None
            if shop is not None and order is not None:
                is_known = request.user.is_authenticated and shop.may_view(request.user, order)
                is_owner = is_known or links.opens(_key(request), reference=reference)
                if (by_owner and is_owner) or (by is not None and may(request.user, by)):
                    return view(request, reference)
            if request.user.is_authenticated:
                raise Http404
            return redirect_to_login(_order_path(request, reference))

        return guarded

    return decorate


@transaction.non_atomic_requests
@require_POST
@reached(by_owner=True)
def start(request: HttpRequest, reference: str) -> HttpResponse:
    """Start the payment of an order and go to its page."""
    back = request.build_absolute_uri(_order_path(request, reference))
    mark = "&" if "?" in back else "?"
    try:
        url = checkout.start_payment(
            reference=reference,
            success_url=f"{back}{mark}{urlencode({'payment': 'success'})}",
            cancel_url=f"{back}{mark}{urlencode({'payment': 'canceled'})}",
            actor=_actor(request),
        )
    except RevenueIntelError as error:
        return _say_problem(request, reference, error)
    return SeeOther(url)


@never_cache
@transaction.non_atomic_requests
@require_POST
@reached(by_owner=True)
def intent(request: HttpRequest, reference: str) -> HttpResponse:
    """Start the payment of an order on a form of the host's own: JSON with the client secret that the form wants."""
    try:
        secret = checkout.start_payment(reference=reference, mode="payment_intent", actor=_actor(request))
    except RevenueIntelError as error:
        status, message = _problem(request, error)
        return JsonResponse({"error": message, "code": error.code}, status=status)
    return JsonResponse({"client_secret": secret or None})


@never_cache
@require_safe
@reached(by_owner=True, by=Permission.VIEW_ANALYTICS)
def come_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Say how the order stands, and ask again by itself while its payment is on the way. Changes nothing."""
    fact = facts_read.find_order(reference=reference)
    state = facts_read.state_of(fact) if fact else OrderState.PENDING
    page = {
        "reference": reference,
        "state": state,
        "is_waiting": state is OrderState.PENDING and request.GET.get("payment") == "success",
        "may_pay": state is OrderState.PENDING,
        "query": _query(request),
    }
    return render(request, "revenue_intel/payment_return.html", page)


@transaction.non_atomic_requests
@require_POST
@reached(by_owner=True, by=Permission.OPERATE_ORDERS)
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    """Cancel an order that is not paid."""
    return _do(request, reference, partial(lifecycle.cancel, reference=reference, actor=_actor(request)))


@transaction.non_atomic_requests
@require_POST
@reached(by_owner=False, by=Permission.OPERATE_ORDERS)
def fulfil(request: HttpRequest, reference: str) -> HttpResponse:
    """Mark a paid order as sent."""
    return _do(request, reference, partial(lifecycle.fulfil, reference=reference, actor=_actor(request)))


@transaction.non_atomic_requests
@require_POST
@reached(by_owner=False, by=Permission.OPERATE_ORDERS)
def refund(request: HttpRequest, reference: str) -> HttpResponse:
    """Give money back: ``amount`` in major units, all that is left where it is empty; ``key`` names the refund."""
    fact = facts_read.find_order(reference=reference)
    form = RefundForm(request.POST, currency=fact.currency if fact else "")
    if not form.is_valid():
        message = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _answer_problem(request, reference, 400, message)
    command = partial(refunding.refund, reference=reference, actor=_actor(request), **form.as_arguments())
    return _do(request, reference, command)


def _do(request: HttpRequest, reference: str, command: Callable[[], object]) -> HttpResponse:
    try:
        command()
    except RevenueIntelError as error:
        return _say_problem(request, reference, error)
    return SeeOther(reverse("payments:return", args=[reference]) + _query(request))


def _say_problem(request: HttpRequest, reference: str, error: RevenueIntelError) -> HttpResponse:
    """Answer with a page that says what is wrong, without secrets, and leads back to the order."""
    return _answer_problem(request, reference, *_problem(request, error))


def _problem(request: HttpRequest, error: RevenueIntelError) -> tuple[int, str]:
    """Return a status and what people are told."""
    if isinstance(error, OURS):
        logger.error("%s %s failed: %s", request.method, request.path, error)
    status, message = next((said for kind, said in PROBLEMS.items() if isinstance(error, kind)), (409, ""))
    return status, message or str(error)


def _answer_problem(request: HttpRequest, reference: str, status: int, message: str) -> HttpResponse:
    page = {"message": message, "back": _order_path(request, reference)}
    return render(request, "revenue_intel/payment_problem.html", page, status=status)


def _actor(request: HttpRequest) -> str:
    return actor_of(request.user) if request.user.is_authenticated else "guest"


def _key(request: HttpRequest) -> str:
    return str(request.GET.get(links.PARAMETER, ""))


def _query(request: HttpRequest) -> str:
    """Return the query that keeps a guest's link, or nothing."""
    return f"?{urlencode({links.PARAMETER: _key(request)})}" if _key(request) else ""


def _order_path(request: HttpRequest, reference: str) -> str:
    """Return where an order's owner sees it: the host's page where it names one, else ours; guests have ours."""
    if conf.RETURN_URL and not _key(request):
        arguments: list[Any] = [reference]
        return reverse(conf.RETURN_URL, args=arguments)
    return reverse("payments:return", args=[reference]) + _query(request)
