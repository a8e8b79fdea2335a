"""The page of what one figure is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import require
from revenue_intel.dashboard.pages import DASHBOARD, PARTS, find_url, frame_of
from revenue_intel.dashboard.views import answer_invalid
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.explanations import (
    LAST_PAGE,
    WITH_PARTS,
    Explanation,
    answer_parts,
    made_of,
    parse_page,
    why_no_parts,
)
from revenue_intel.kpis.parts import Part
from revenue_intel.kpis.presentation import value_text
from revenue_intel.kpis.questions import Question, ask, read_known_at, read_question
from revenue_intel.kpis.registry import KPIS
from revenue_intel.kpis.snapshot import one_snapshot


@dataclass(frozen=True, kw_only=True)
class Row:
    """One part as it is shown; ``at`` is in the window's zone."""

    kind: str
    id: str
    at: datetime
    order_reference: str
    adds: str


# Not within ATOMIC_REQUESTS: value and parts are read from one snapshot of the database, as the dashboard is.
@non_atomic_requests
@require_safe
@require(Permission.VIEW_ANALYTICS)
def parts(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what a KPI's value is made of, ``?days=30&currency=gbp&page=2``, or of which KPIs one without parts is."""
    try:
        question = ask(**read_question(request.GET), known_at=read_known_at(request.GET))
        page = parse_page(request.GET.get("page", "1"))
        if slug in KPIS and slug not in WITH_PARTS:
            context = without_parts(question, slug)
        else:
            with one_snapshot():
                context = context_of(answer_parts(question, slug, page=page))
    except InvalidWindowError as error:
        response = answer_invalid(request, error, route=DASHBOARD)
    else:
        frame = frame_of(request.user, current="")
        response = render(
            request, "revenue_intel/parts.html", {**frame, **context, "dashboard_url": find_url(DASHBOARD)}
        )
    response["Cache-Control"] = "private, no-store"
    return response


def context_of(found: Explanation) -> dict[str, Any]:
    """Return the template's context."""
    question, kpi = found.question, found.kpi
    last = min(found.pages, LAST_PAGE)
    return {
        "question": question,
        "kpi": kpi,
        "value": value_text(kpi, found.value, question.scope.currency),
        "reason": "" if found.value is not None else kpi.unknown,
        "rows": [row_of(part, found) for part in found.parts],
        "of_page": value_text(kpi, sum(part.value for part in found.parts), question.scope.currency),
        "count": found.count,
        "page": found.page,
        "last_page": found.pages,
        "newer": min(found.page - 1, last),
        "older": found.page + 1 if found.page < last else 0,
    }


def row_of(part: Part, found: Explanation) -> Row:
    """Return one part as it is shown."""
    return Row(
        kind=part.kind.replace("_", " "),
        id=part.id,
        at=part.at.astimezone(found.question.window.zone),
        order_reference="" if part.order_reference == part.id else part.order_reference,
        adds=value_text(found.kpi, part.value, found.question.scope.currency),
    )


def without_parts(question: Question, slug: str) -> dict[str, Any]:
    """Return the context for a KPI that is no sum of rows: why, and the KPIs to look at instead."""
    return {
        "question": question,
        "kpi": KPIS[slug],
        "reason": why_no_parts(slug),
        "others": [
            {"name": KPIS[other].name, "url": reverse(PARTS, kwargs={"slug": other})}
            for other in made_of(slug)
        ],
    }
