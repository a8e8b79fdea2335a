"""The dashboard."""

from __future__ import annotations

from http import HTTPStatus

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import require
from revenue_intel.conf import settings as conf
from revenue_intel.dashboard.context import context_of
from revenue_intel.dashboard.pages import DASHBOARD, find_url, frame_of
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis import service as kpis
from revenue_intel.kpis.questions import read_known_at, read_question
from revenue_intel.kpis.series import parse_step


# Not within ATOMIC_REQUESTS: all numbers of a page are read from one snapshot of the database, which
# only a transaction of its own can ask for.
@non_atomic_requests
@require_safe
@require(Permission.VIEW_ANALYTICS)
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the KPIs of ``?days=30&currency=gbp``, asked as of the JSON interface, and revenue by day, or by ``series=week`` or ``month``."""
    try:
        step = parse_step(request.GET.get("series", "day"))
        report = kpis.compute(**read_question(request.GET), known_at=read_known_at(request.GET))
    except InvalidWindowError as error:
        response = answer_invalid(request, error, route=DASHBOARD)
    else:
        context = context_of(report, request.user, step=step) | {"chose_day": "as_of" in request.GET}
        response = render(request, "revenue_intel/dashboard.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def answer_invalid(request: HttpRequest, error: InvalidWindowError, *, route: str) -> HttpResponse:
    """Return the page that says why there is nothing, and leads back to the page at ``route``."""
    context = {
        **frame_of(request.user, current=""),
        "message": str(error),
        "windows": list(conf.WINDOWS_DAYS),
        "page_url": find_url(route),
    }
    return render(request, "revenue_intel/dashboard_invalid.html", context, status=HTTPStatus.BAD_REQUEST)
