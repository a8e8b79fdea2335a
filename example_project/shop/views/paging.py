"""Pages of a list, forgiving about the number asked for."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import messages
from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

M = TypeVar("M", bound=Model)


def page_of(request: HttpRequest, rows: QuerySet[M], *, size: int) -> Page[M]:
    """Cut out the page that ``?page=`` names; say so when there is no such page, and show the nearest."""
    pages = Paginator(rows, size)
    wanted = request.GET.get("page", "1")
    try:
        return pages.page(wanted)
    except InvalidPage:
        page = pages.get_page(wanted)
        messages.warning(request, f"There is no page “{wanted[:20]}”. This is page {page.number}.")
        return page


def query_without_page(request: HttpRequest) -> str:
    """The rest of the query string, for links to other pages."""
    query: Any = request.GET.copy()
    query.pop("page", None)
    encoded: str = query.urlencode()
    return encoded
