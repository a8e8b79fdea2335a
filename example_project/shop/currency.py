"""The currency a visitor shops in: theirs to choose, kept in the session."""

from __future__ import annotations

from django.http import HttpRequest

from shop.models import Currency

SESSION_KEY = "currency"


def current_currency(request: HttpRequest) -> str:
    """The chosen currency, pounds at first."""
    chosen = request.session.get(SESSION_KEY)
    return chosen if chosen in Currency.values else Currency.GBP.value


def choose_currency(request: HttpRequest, currency: str) -> None:
    """Remember the choice."""
    request.session[SESSION_KEY] = currency
