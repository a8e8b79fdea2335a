"""The answer to a question, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from revenue_intel.kit.periods import Window
from revenue_intel.kpis.base import KpiValue, Value
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.questions import Scope
from revenue_intel.kpis.stock_levels import Pieces


@dataclass(frozen=True, kw_only=True)
class DayRevenue:
    """One calendar day of revenue (minor units); ``partial`` where the day has not ended."""

    day: date
    revenue_minor: int
    orders: int
    partial: bool


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """How far the numbers can be trusted.

    ``complete``: no open issue of severity *error*. ``partial_day``: the last day, where it
    has not ended yet. ``days_without_sales`` are quiet days. ``missing_days`` were never worked out ahead,
    and ``dirty_days`` must be again (``revenue_rollup``): their numbers were read from the facts, which is
    slower and just as exact. Both are empty where the answer is as of an earlier instant: that is read from the facts.
    """

    complete: bool
    open_issues: int
    partial_day: date | None
    days_without_sales: tuple[date, ...]
    missing_days: tuple[date, ...]
    dirty_days: tuple[date, ...]


@dataclass(frozen=True, kw_only=True)
class KpiReport:
    """All KPIs of one window and scope.

    ``latest_snapshot_day`` is the last day, up to the window's last, on which money moved in
    this scope; None where none ever did. ``currencies`` are those that the ledger holds in this
    mode and account. ``known_at`` is the instant as of whose knowledge it answers, None for now.
    """

    window: Window
    scope: Scope
    values: Mapping[str, KpiValue]
    daily: tuple[DayRevenue, ...]
    latest_snapshot_day: date | None
    completeness: Completeness
    currencies: tuple[str, ...]
    known_at: datetime | None = None

    @property
    def other_currencies(self) -> tuple[str, ...]:
        """The currencies present that these numbers say nothing about."""
        return tuple(code for code in self.currencies if code != self.scope.currency)

    def value(self, slug: str) -> Value:
        """Return the value of one KPI in the window."""
        return self.values[slug].value


@dataclass(frozen=True, kw_only=True)
class SubscriptionReport:
    """All KPIs of subscriptions of one window and scope; ``policy`` is which discounts lower MRR."""

    window: Window
    scope: Scope
    policy: DiscountPolicy
    values: Mapping[str, KpiValue]
    known_at: datetime | None = None

    def value(self, slug: str) -> Value:
        """Return the value of one KPI in the window."""
        return self.values[slug].value


@dataclass(frozen=True, kw_only=True)
class StockRowReport:
    """One stock row – model label, primary key as text, field – in a window; None: nothing to divide by."""

    row: tuple[str, str, str]
    pieces: Pieces
    sell_through_pct: Decimal | None
    days_of_cover: Decimal | None


@dataclass(frozen=True, kw_only=True)
class InventoryReport:
    """All KPIs of stock of one window, and the rows that run out first, of ``rows_in_all``."""

    window: Window
    values: Mapping[str, KpiValue]
    rows: tuple[StockRowReport, ...]
    rows_in_all: int
    known_at: datetime | None = None

    def value(self, slug: str) -> Value:
        """Return the value of one KPI in the window."""
        return self.values[slug].value
