"""What is asked: a window of days, and the money it is asked about. Wrong questions stop here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypedDict
from zoneinfo import ZoneInfo

from django.db.models import Q

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ConfigurationError, InvalidWindowError, UnknownCurrencyError
from revenue_intel.kit import clock
from revenue_intel.kit.money import normalize_currency
from revenue_intel.kit.periods import Window, day_of

#: Days outside cannot be turned into instants on both sides of every window.
FIRST_DAY: Final = date(1971, 1, 1)
ACCOUNT: Final = re.compile(r"[A-Za-z0-9_]{0,255}")
DEFAULT_DAYS: Final = "30"
FLAGS: Final = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which money: never added up across any of these."""

    currency: str
    livemode: bool
    account: str

    @property
    def filters(self) -> dict[str, Any]:
        """The scope as arguments of a filter over facts."""
        return {"currency": self.currency, "livemode": self.livemode, "account": self.account}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A window and a scope; ``today`` is the calendar day in the window's zone when it was asked.

    With ``known_at`` it is asked as at that instant, and ``today`` was then.
    """

    window: Window
    scope: Scope
    today: date
    known_at: datetime | None = None

    @property
    def windows(self) -> tuple[Window, Window]:
        """The window, and the one of as many days before."""
        return self.window, self.window.previous

    @property
    def partial_day(self) -> date | None:
        """The window's last day, where it has not ended yet."""
        return self.window.last_day if self.window.last_day >= self.today else None

    def now(self, field: str) -> Q:
        """Match rows whose instant ``field`` is inside the window (half-open)."""
        return inside(self.window, field)


def inside(window: Window, field: str) -> Q:
    """Match rows whose instant ``field`` is at or after the start and before the end."""
    return Q(**{f"{field}__gte": window.start, f"{field}__lt": window.end})


def ask(
    *,
    days: int,
    currency: str | None = None,
    as_of: date | None = None,
    livemode: bool | None = None,
    account: str = "",
    zone: ZoneInfo | None = None,
    complete_days: bool = False,
    known_at: datetime | None = None,
) -> Question:
    """Return the question, with the settings' answers where nothing was said; arguments as ``service.compute``.

    Raises:
        InvalidWindowError: the days are not on offer, or the currency or the day is not valid.
    """
    if days not in conf.WINDOWS_DAYS:
        raise InvalidWindowError(f"days must be one of {offered_days()}.")
    zone = zone or clock.zone(conf.TIME_ZONE)
    now = clock.now()
    if known_at is not None:
        _check_instant(known_at, now)
    today = day_of(known_at or now, zone)
    last_day = as_of or today
    if complete_days:
        last_day = min(last_day, today - timedelta(days=1))
    if not FIRST_DAY <= last_day <= today:
        raise InvalidWindowError(f"as_of must be between {FIRST_DAY} and today, {today}.")
    return Question(
        window=Window(days=days, last_day=last_day, zone=zone),
        scope=resolve_scope(currency=currency, livemode=livemode, account=account),
        today=today,
        known_at=known_at,
    )


def _check_instant(known_at: datetime, now: datetime) -> None:
    if known_at.utcoffset() is None:
        raise InvalidWindowError("known_at must have a time zone.")
    if known_at > now:
        raise InvalidWindowError("known_at must not be in the future.")
    if known_at.year < FIRST_DAY.year:
        raise InvalidWindowError(f"known_at must not be before {FIRST_DAY}.")


def resolve_scope(*, currency: str | None, livemode: bool | None, account: str) -> Scope:
    """Return the scope; where nothing was said: the configured currency, and the configured or live mode."""
    try:
        code = normalize_currency(currency or conf.CURRENCY)
    except UnknownCurrencyError as error:
        raise InvalidWindowError("currency must be a three-letter code, such as gbp.") from error
    if not ACCOUNT.fullmatch(account):
        raise InvalidWindowError("account must be empty, or the id of a connected account, such as acct_1.")
    if livemode is None:
        livemode = conf.find_livemode() is not False
    return Scope(currency=code, livemode=livemode, account=account)


class ScopeArguments(TypedDict, total=False):
    """What every report and every export takes: the arguments of :func:`ask`, but for the window's length and the instant."""

    currency: str | None
    as_of: date | None
    livemode: bool | None
    account: str
    zone: ZoneInfo | None
    complete_days: bool


class QuestionArguments(ScopeArguments, total=True):
    """The same, with the window's length."""

    days: int


def read_question(query: Mapping[str, str]) -> QuestionArguments:
    """Return what a query asks for, such as ``days=30&currency=gbp&livemode=false``.

    Raises:
        InvalidWindowError: a part of it is none.
    """
    return QuestionArguments(days=parse_days(query.get("days", DEFAULT_DAYS)), **read_scope(query))


def read_scope(query: Mapping[str, str]) -> ScopeArguments:
    """Return what a query asks for beside ``days``.

    Raises:
        InvalidWindowError: a part of it is none.
    """
    return ScopeArguments(
        currency=query.get("currency"),
        as_of=parse_day(query["as_of"]) if "as_of" in query else None,
        livemode=parse_flag("livemode", query.get("livemode")),
        account=query.get("account", ""),
        zone=parse_zone(query["zone"]) if "zone" in query else None,
        complete_days=bool(parse_flag("complete_days", query.get("complete_days"))),
    )


def read_known_at(query: Mapping[str, str]) -> datetime | None:
    """Return as of which instant's knowledge a query asks, None for now.

    Raises:
        InvalidWindowError: it is no instant.
    """
    return parse_known_at(query["known_at"]) if "known_at" in query else None


def parse_days(text: str) -> int:
    """Return the number of days written in ``text``.

    Raises:
        InvalidWindowError: it is no number, or none of those on offer.
    """
    # ASCII digits only: int() would also take signs, spaces, underscores and other scripts' digits.
    if text.isascii() and text.isdigit() and len(text) < 6 and int(text) in conf.WINDOWS_DAYS:
        return int(text)
    raise InvalidWindowError(f"days must be one of {offered_days()}.")


def parse_day(text: str) -> date:
    """Return the day written as YYYY-MM-DD.

    Raises:
        InvalidWindowError: it is no such day.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidWindowError("as_of must be a day, such as 2026-03-31.") from error
    if day.isoformat() != text:
        raise InvalidWindowError("as_of must be a day, such as 2026-03-31.")
    return day


def parse_known_at(text: str) -> datetime:
    """Return the instant written; one without a zone is in the configured one.

    Raises:
        InvalidWindowError: it is none.
    """
    try:
        return clock.parse_instant(text, zone=clock.zone(conf.TIME_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidWindowError("known_at must be an instant, such as 2026-03-31T09:00:00Z.") from error


def parse_zone(text: str) -> ZoneInfo:
    """Return the time zone of that name.

    Raises:
        InvalidWindowError: there is no such zone.
    """
    try:
        return clock.zone(text)
    except ConfigurationError as error:
        raise InvalidWindowError("zone must be the name of a time zone, such as Europe/London.") from error


def parse_flag(name: str, text: str | None) -> bool | None:
    """Return what was said, None where nothing was.

    Raises:
        InvalidWindowError: it is neither true nor false.
    """
    if text is None:
        return None
    if text not in FLAGS:
        raise InvalidWindowError(f"{name} must be true or false.")
    return FLAGS[text]


def offered_days() -> str:
    """Name the windows on offer."""
    return ", ".join(str(days) for days in conf.WINDOWS_DAYS)
