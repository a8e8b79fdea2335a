"""The page of the topics: products, stock, the funnel, failed payments, segments and cohorts."""

from __future__ import annotations

from typing import Final

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import require
from revenue_intel.dashboard.pages import REPORTS, frame_of
from revenue_intel.dashboard.reports_context import context_of
from revenue_intel.dashboard.views import answer_invalid
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.questions import ask, read_known_at, read_question
from revenue_intel.kpis.topics import compute_topics

PRODUCTS: Final = 10
MONTHS: Final = 12


# Not within ATOMIC_REQUESTS: all tables are read from one snapshot of the database, as the dashboard is.
@non_atomic_requests
@require_safe
@require(Permission.VIEW_ANALYTICS)
def reports(request: HttpRequest) -> HttpResponse:
    """Show the tables of ``?days=30&currency=gbp``."""
    try:
        question = ask(**read_question(request.GET), known_at=read_known_at(request.GET))
        topics = compute_topics(question, by="revenue", products=PRODUCTS, months=MONTHS)
    except InvalidWindowError as error:
        response = answer_invalid(request, error, route=REPORTS)
    else:
        context = {
            **frame_of(request.user, current=REPORTS),
            **context_of(question, topics),
            "chose_day": "as_of" in request.GET,
        }
        response = render(request, "revenue_intel/reports.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
