"""The tables of one topic each: products, people, the funnel, failed payments, stock. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis.anomalies import Anomaly, find_anomalies
from revenue_intel.kpis.cohorts import Cohort, read_cohorts
from revenue_intel.kpis.failures import FailureRow, read_failures
from revenue_intel.kpis.funnel import FunnelRow, find_recorded_steps, read_funnel
from revenue_intel.kpis.inventory_service import answer_inventory
from revenue_intel.kpis.known import check_known
from revenue_intel.kpis.products import ProductRow, read_products
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.reports import InventoryReport
from revenue_intel.kpis.segments import RfmRow, read_rfm
from revenue_intel.kpis.service import read_currencies
from revenue_intel.kpis.snapshot import one_snapshot

Ranking = Literal["revenue", "units"]
RANKINGS: Final[tuple[Ranking, ...]] = get_args(Ranking)
#: The most products of one answer.
MOST_PRODUCTS: Final = 100


@dataclass(frozen=True, kw_only=True)
class Topics:
    """Every table of one question, read from one state of the database; ``currencies`` are those of its ledger."""

    products: list[ProductRow]
    funnel: list[FunnelRow]
    failures: list[FailureRow]
    segments: list[RfmRow]
    cohorts: list[Cohort]
    anomalies: list[Anomaly]
    inventory: InventoryReport
    currencies: tuple[str, ...]


def compute_topics(question: Question, *, by: Ranking, products: int, months: int) -> Topics:
    """Return every table; the errors are those of ``compute_products`` and ``compute_cohorts``."""
    with one_snapshot():
        return Topics(
            products=compute_products(question, by=by, limit=products),
            funnel=compute_funnel(question),
            failures=compute_failures(question),
            segments=compute_segments(question),
            cohorts=compute_cohorts(question, months=months),
            anomalies=compute_anomalies(question),
            inventory=answer_inventory(question, limit=products),
            currencies=read_currencies(question),
        )


def compute_products(question: Question, *, by: Ranking = "revenue", limit: int = 10) -> list[ProductRow]:
    """Return the best sellers of the window.

    Raises:
        InvalidWindowError: the limit is not between 1 and ``MOST_PRODUCTS``.
    """
    if not 1 <= limit <= MOST_PRODUCTS:
        raise InvalidWindowError(f"limit must be between 1 and {MOST_PRODUCTS}.")
    with one_snapshot():
        check_known(question.known_at)
        return list(read_products(question, by=by, limit=limit))


def compute_funnel(question: Question) -> list[FunnelRow]:
    """Return the closed funnel of the window; no row where the shop records no steps."""
    with one_snapshot():
        check_known(question.known_at)
        steps = find_recorded_steps(question.known_at)
        return read_funnel(question.window, question.scope, steps, question.known_at)


def compute_failures(question: Question) -> list[FailureRow]:
    """Return why payments of the window failed.

    Raises:
        InvalidWindowError: it is asked as of an instant of which the reasons were not kept.
    """
    with one_snapshot():
        check_known(question.known_at)
        return read_failures(question)


def compute_anomalies(question: Question) -> list[Anomaly]:
    """Return the closed days of the window that stand out, oldest first."""
    with one_snapshot():
        check_known(question.known_at)
        return find_anomalies(question)


def compute_segments(question: Question) -> list[RfmRow]:
    """Return the RFM segments as of the window's last day, the best first: at most 125."""
    with one_snapshot():
        check_known(question.known_at)
        return read_rfm(
            scope=question.scope,
            last_day=question.window.last_day,
            zone=question.window.zone,
            known_at=question.known_at,
        )


def compute_cohorts(question: Question, *, months: int = 12) -> list[Cohort]:
    """Return the cohorts of the last months as of the window's last day, oldest first.

    Raises:
        InvalidWindowError: there are too few or too many months.
    """
    with one_snapshot():
        check_known(question.known_at)
        return read_cohorts(question, months=months)
