"""The page that lists what needs a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import require
from revenue_intel.dashboard.pages import ISSUES, frame_of
from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.webhooks.selectors import count_events

PAGE_SIZE = 50
#: How far back the events are counted.
RECENT: Final = timedelta(days=30)


@require_safe
@require(Permission.VIEW_ISSUES)
def issues(request: HttpRequest) -> HttpResponse:
    """List the issues of one status (``?status=open``, the default, or ``resolved``), newest first.

    Below them stands what became of the events. An unknown status or page is answered with the open ones and the nearest page.
    """
    asked = request.GET.get("status", "")
    status = asked if asked in Issue.Status.values else Issue.Status.OPEN.value
    page = Paginator(Issue.objects.filter(status=status), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        **frame_of(request.user, current=ISSUES),
        "page": page,
        "status": status,
        "statuses": Issue.Status.choices,
        "events": count_events(since=clock.now() - RECENT),
        "recent_days": RECENT.days,
        "zone": timezone.get_current_timezone_name(),
    }
    response = render(request, "revenue_intel/issues.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
