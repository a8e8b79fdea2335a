"""Pay: send an order's owner to the payment page."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import (
    ConfigurationError,
    IllegalTransitionError,
    PaymentGatewayError,
    RevenueIntelError,
)
from revenue_intel.orders import checkout
from revenue_intel.shop import find_shop

logger = logging.getLogger(__name__)

#: What the customer is told where our own words would not help: status and message.
PROBLEMS: Final[Mapping[type[RevenueIntelError], tuple[int, str]]] = {
    PaymentGatewayError: (
        502,
        "The payment page cannot be reached just now. Nothing was charged; please try again.",
    ),
    ConfigurationError: (503, "Payments are switched off in this shop just now. Nothing was charged."),
}


class SeeOther(HttpResponseRedirect):
    """303: what follows is a GET, whatever this was."""

    status_code = 303


@transaction.non_atomic_requests
@require_POST
def start(request: HttpRequest, reference: str) -> HttpResponse:
    """Start the payment of an order and go to its page. Somebody else's order does not exist (404)."""
    if not request.user.is_authenticated:
        return redirect_to_login(_return_path(reference))
    shop = find_shop()
    order = shop.find_order(reference) if shop else None
    if shop is None or order is None or not shop.may_view(request.user, order):
        raise Http404
    back = request.build_absolute_uri(_return_path(reference))
    try:
        url = checkout.start_payment(
            reference=reference,
            success_url=f"{back}?{urlencode({'payment': 'success'})}",
            cancel_url=f"{back}?{urlencode({'payment': 'canceled'})}",
        )
    except (IllegalTransitionError, PaymentGatewayError, ConfigurationError) as error:
        return _say_problem(request, reference, error)
    return SeeOther(url)


def _say_problem(request: HttpRequest, reference: str, error: RevenueIntelError) -> HttpResponse:
    """Answer with a page that says what is wrong, without secrets, and leads back to the order."""
    if isinstance(error, ConfigurationError):
        logger.error("A payment could not be started: %s", error)
    status, message = next((said for kind, said in PROBLEMS.items() if isinstance(error, kind)), (409, ""))
    page = {"message": message or str(error), "back": _return_path(reference)}
    return render(request, "revenue_intel/payment_problem.html", page, status=status)


def _return_path(reference: str) -> str:
    arguments: list[Any] = [reference]
    return reverse(conf.RETURN_URL, args=arguments) if conf.RETURN_URL else resolve_url("/")
