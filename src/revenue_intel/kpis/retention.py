"""What a window did to MRR and to customers: waterfall, churn, retention (KPI contract K16, K17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from revenue_intel.kit.periods import Window
from revenue_intel.kpis.base import CENT, mean, percentage
from revenue_intel.kpis.subscription_history import Change, Kind, movements, mrr_by_customer


@dataclass(frozen=True, kw_only=True)
class Retention:
    """A window's waterfall in minor units, and its customers.

    ``moved`` holds the signed sum of each kind; start + Σ moved = end, exactly. A customer is active who
    has MRR. ``customers_joined`` were not active at the start and were at the end of some day since.
    """

    mrr_start: int
    mrr_end: int
    moved: dict[Kind, int]
    customers_start: int
    customers_end: int
    customers_joined: int
    customers_lost: int
    customers_gone: int

    @property
    def customer_churn(self) -> Decimal | None:
        """Of the customers active at the start, those who are not at the end (percent, at most 100)."""
        return percentage(self.customers_lost, self.customers_start)

    @property
    def stripe_churn(self) -> Decimal | None:
        """By Stripe's denominator: who is gone, of those active at the start or joined since (percent)."""
        return percentage(self.customers_gone, self.customers_start + self.customers_joined)

    @property
    def gross_revenue_churn(self) -> Decimal | None:
        """Churn and contraction, of the MRR at the start (percent)."""
        return percentage(self._lost, self.mrr_start)

    @property
    def net_revenue_churn(self) -> Decimal | None:
        """The same less expansion and reactivation; below zero where more was won than lost (percent)."""
        return percentage(self._lost - self._regained, self.mrr_start)

    @property
    def gross_revenue_retention(self) -> Decimal | None:
        """What gross revenue churn left (percent)."""
        return percentage(self.mrr_start - self._lost, self.mrr_start)

    @property
    def net_revenue_retention(self) -> Decimal | None:
        """What net revenue churn left (percent)."""
        return percentage(self.mrr_start - self._lost + self._regained, self.mrr_start)

    @property
    def arpa_minor(self) -> int | None:
        """MRR at the end ÷ the customers active then, half up (minor units)."""
        return mean(self.mrr_end, self.customers_end)

    @property
    def quick_ratio(self) -> Decimal | None:
        """What was won ÷ what was lost, half up to two decimals; None where nothing was lost."""
        if not self._lost:
            return None
        won = self._regained + self.moved[Kind.NEW]
        return (Decimal(won) / Decimal(self._lost)).quantize(CENT, rounding=ROUND_HALF_UP)

    @property
    def _lost(self) -> int:
        return -(self.moved[Kind.CHURN] + self.moved[Kind.CONTRACTION])

    @property
    def _regained(self) -> int:
        return self.moved[Kind.EXPANSION] + self.moved[Kind.REACTIVATION]


def measure_retention(changes: Sequence[Change], window: Window) -> Retention:
    """Return what a window did. ``changes`` are all there are before its end, also those before its start."""
    start = mrr_by_customer(changes, at=window.start)
    end = mrr_by_customer(changes, at=window.end)
    moved = dict.fromkeys(Kind, 0)
    came = set()
    for movement in movements(changes, window):
        moved[movement.kind] += movement.minor
        if movement.kind in {Kind.NEW, Kind.REACTIVATION}:
            came.add(movement.customer)
    joined = came - start.keys()
    return Retention(
        mrr_start=sum(start.values()),
        mrr_end=sum(end.values()),
        moved=moved,
        customers_start=len(start),
        customers_end=len(end),
        customers_joined=len(joined),
        customers_lost=len(start.keys() - end.keys()),
        customers_gone=len((start.keys() | joined) - end.keys()),
    )
