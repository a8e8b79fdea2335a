"""What a KPI is: a definition that runs, and the value it gives."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.questions import Scope, inside
from revenue_intel.kpis.totals import Totals

if TYPE_CHECKING:  # it is made of what is defined here
    from revenue_intel.kpis.stock_levels import StockWindow
    from revenue_intel.kpis.subscription_windows import SubscriptionWindow

#: Money is integer minor units, counts and durations are integers, a percentage a Decimal with two
#: decimals, days one. None: there is nothing to divide by, or it is not known (``Kpi.unknown``).
Value = int | Decimal | None

CENT: Final = Decimal("0.01")
#: Why most values that are None are.
NOTHING_TO_DIVIDE_BY: Final = "There is nothing to divide by."


class Unit(StrEnum):
    """What a value is counted in."""

    MONEY = "money"
    COUNT = "count"
    PERCENT = "percent"
    SECONDS = "seconds"
    RATIO = "ratio"
    DAYS = "days"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a formula is given: one window and scope, its days added up, and the KPIs worked out before.

    ``totals`` is exact for the window, people counted once. ``asked["orders"]`` is the value of a KPI
    that was registered earlier. ``recorded_steps`` are the steps of the funnel that the shop records at all.
    ``known_at``: only what was recorded by then counts. ``totals`` and the KPIs before heed it already.
    ``balance_is_read``: Stripe's balance has been read for the window, up to the last reading; else its bookings
    among the ``totals`` are some of them, and no sum of them is known.
    ``recurring`` is the window of subscriptions and ``stock`` that of stock, each for its own KPIs alone; these have
    no totals.
    """

    window: Window
    scope: Scope
    totals: Totals
    values: Mapping[str, Value]
    recorded_steps: tuple[str, ...] = ()
    subscriptions: SubscriptionWindow | None = None
    stock_moved: StockWindow | None = None
    known_at: datetime | None = None
    balance_is_read: bool = False

    def __getitem__(self, slug: str) -> Value:
        """Return the value of a KPI registered earlier, in the same window."""
        return self.values[slug]

    @property
    def recurring(self) -> SubscriptionWindow:
        """The window of subscriptions.

        Raises:
            ConfigurationError: the KPI does not say that it is one of subscriptions.
        """
        if self.subscriptions is None:
            raise ConfigurationError("A KPI that reads subscriptions says so: of_subscriptions=True.")
        return self.subscriptions

    @property
    def stock(self) -> StockWindow:
        """The window of stock.

        Raises:
            ConfigurationError: the KPI does not say that it is one of stock.
        """
        if self.stock_moved is None:
            raise ConfigurationError("A KPI that reads stock says so: of_stock=True.")
        return self.stock_moved

    def inside(self, field: str) -> Q:
        """Match rows whose instant ``field`` is in the window."""
        return inside(self.window, field)


Formula = Callable[[Asked], Value]


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """One number: its meaning in words, and the same in code.

    Attributes:
        slug: its name in the API, in exports and in the registry.
        name: what people read.
        unit: what it is counted in.
        formula: the definition in words, a sentence.
        code: the definition in code.
        sources: the facts, or the KPIs, that it is made of.
        since: the release that brought it.
        additive: whether the values of single days add up to the window's.
        version: raised whenever words or code say something else than before.
        edge: what happens where there is little to count.
        through: functions that ``code`` reads through; a change in them changes the definition.
        unwanted: whether more of it is worse.
        unknown: why a value is not known where it is None, a sentence; empty where None is that there is nothing
            to divide by.
        of_subscriptions: whether it is read from the states of subscriptions, which ``compute_subscriptions``
            does and ``compute`` does not.
        of_stock: whether it is read from the movements of stock, which ``compute_inventory`` does and ``compute``
            does not.
    """

    slug: str
    name: str
    unit: Unit
    formula: str
    code: Formula
    sources: tuple[str, ...]
    since: str
    additive: bool
    version: int = 1
    edge: str = ""
    through: tuple[Callable[..., Any], ...] = ()
    unwanted: bool = False
    unknown: str = ""
    of_subscriptions: bool = False
    of_stock: bool = False

    @property
    def digest(self) -> str:
        """Return the fingerprint of the definition: of its words, its unit and its code, spaces apart."""
        text = [self.formula, self.edge, str(self.unit), str(self.additive)]
        text += [inspect.getsource(function) for function in (self.code, *self.through)]
        return hashlib.sha256(" ".join(" ".join(text).split()).encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True)
class KpiValue:
    """A KPI with its value in the window and in the one before."""

    kpi: Kpi
    value: Value
    previous: Value

    @property
    def reason(self) -> str:
        """Why there is no value in the window, a sentence; empty where there is one."""
        return "" if self.value is not None else self.kpi.unknown or NOTHING_TO_DIVIDE_BY


def percentage(part: Value, whole: Value) -> Decimal | None:
    """Return ``part`` of ``whole`` in percent, half up to two decimals; None where there is no whole.

    >>> str(percentage(1, 3)), percentage(1, 0)
    ('33.33', None)
    """
    if not whole:
        return None
    return (Decimal(part or 0) * 100 / Decimal(whole)).quantize(CENT, rounding=ROUND_HALF_UP)


def mean(total: Value, count: Value) -> int | None:
    """Return the mean, half up to a whole number; None where there is nothing to divide by.

    >>> mean(1001, 2), mean(0, 0)
    (501, None)
    """
    if not count:
        return None
    return int((Decimal(total or 0) / Decimal(count)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
