"""Which rows a KPI of money adds up: the orders, entries, bookings, payments and people whose sum its value is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from revenue_intel.facts.balance import FEE_CATEGORY, MOVED_ONLY
from revenue_intel.kpis.fact_queries import FactQueries
from revenue_intel.kpis.part_people import (
    BUYERS,
    NEW_BUYERS,
    REFUNDED_ORDERS,
    REPEAT_BUYERS,
    RETURNING_BUYERS,
    WISHERS,
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """SQL for rows of one table that a KPI adds up: which of them, when they count, and what each adds.

    ``table`` is one of ``FactQueries``; the other texts are SQL over its rows, under its alias.
    """

    table: str
    alias: str
    kind: str
    key: str
    at: str
    adds: str
    reference: str = "''"
    only: str = ""

    def select(self, facts: FactQueries) -> str:
        """Return a SELECT of kind, id, at, order reference and what each adds."""
        return (
            f"SELECT {self.kind}, {self.key}, {self.at}, {self.reference}, CAST({self.adds} AS bigint)"  # noqa: S608
            f" FROM {{{self.table}}} {self.alias} WHERE {facts.scope(self.alias)} AND {facts.within(self.at)}"
            + (f" AND {self.only}" if self.only else "")
        )


@dataclass(frozen=True)
class Grouped:
    """SQL for people or orders that a KPI counts once each, however many rows of theirs there are."""

    template: str

    def select(self, facts: FactQueries) -> str:
        """Return a SELECT of the same, each adding one."""
        parts = {
            "scope": facts.scope("o"),
            "mode": facts.scope("o", currency=False),
            "of_entries": facts.scope("e"),
            "within": facts.within("o.paid_at"),
            "within_entries": facts.within("e.occurred_at"),
            "within_steps": facts.within("s.at"),
        }
        text = self.template
        for name, part in parts.items():  # the names of tables stay for ``FactQueries``
            text = text.replace(f"{{{name}}}", part)
        return text


def _orders(adds: str, only: str = "") -> Source:
    return Source(
        table="orders",
        alias="o",
        kind="'order'",
        key="o.reference",
        at="o.paid_at",
        reference="o.reference",
        adds=adds,
        only=only,
    )


def _entries(*kinds: str, adds: str) -> Source:
    return Source(
        table="ledger",
        alias="e",
        kind="e.kind",
        key="e.object_id",
        at="e.occurred_at",
        reference="e.order_reference",
        adds=adds,
        only=f"e.kind IN ({_texts(kinds)})",
    )


def _payments(at: str, only: str) -> Source:
    return Source(
        table="payments",
        alias="p",
        kind="'payment'",
        key="p.payment_intent",
        at=f"p.{at}",
        adds="1",
        only=only,
    )


def _bookings(adds: str) -> Source:
    return Source(
        table="balance",
        alias="b",
        kind="b.reporting_category",
        key="b.transaction_id",
        at="b.created_at",
        adds=adds,
    )


def _of_lines(column: str) -> str:
    """Return SQL for the sum of a column over an order's lines; null where it has none."""
    return f"(SELECT SUM(l.{column}) FROM {{lines}} l WHERE l.order_id = o.id)"  # noqa: S608


def _texts(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


_SOLD: Final = "(o.total_minor - o.tax_minor - o.shipping_minor)"
_SALES: Final = _orders(_SOLD)
_REFUNDS: Final = ("refund", "refund_reversal")
_DISPUTES: Final = ("dispute", "dispute_reversal")
_CREDITS: Final = ("credit_note", "credit_note_reversal")
#: In the ledger what went back is negative already.
_WENT_BACK: Final = _entries(*_REFUNDS, *_DISPUTES, *_CREDITS, adds="e.amount_minor")

#: The discounts of an order, as ``counting.read_orders`` counts them: its own counts once where the lines hold it.
_DISCOUNTS: Final = (
    f"(COALESCE({_of_lines('discount_minor')}, 0) + CASE WHEN {_of_lines('amount_minor')}"
    " IN (o.total_minor - o.shipping_minor, o.total_minor - o.shipping_minor - o.tax_minor)"
    " THEN 0 ELSE o.discount_minor END)"
)

#: The KPIs that are sums of rows of money, and of which.
SOURCES: Final[Mapping[str, tuple[Source | Grouped, ...]]] = {
    "revenue": (_orders("o.total_minor"),),
    "orders": (_orders("1"),),
    "gross_sales": (_orders(f"{_SOLD} + {_DISCOUNTS}"),),
    "discounts": (_orders(_DISCOUNTS),),
    "units": (_orders(f"COALESCE({_of_lines('quantity')}, 0)"),),
    "unsplit_orders": (_orders("1", f"{_of_lines('amount_minor')} IS NULL"),),
    "sales": (_SALES,),
    "net_sales": (_SALES, _WENT_BACK),
    "tax": (_orders("o.tax_minor"),),
    "shipping": (_orders("o.shipping_minor"),),
    "total_collected": (_orders("o.total_minor"), _WENT_BACK),
    "refunded_amount": (_entries(*_REFUNDS, adds="-e.amount_minor"),),
    "refunded_of_sold": (_orders("o.refunded_minor"),),
    "disputes_net": (_entries(*_DISPUTES, adds="-e.amount_minor"),),
    "credit_notes": (_entries(*_CREDITS, adds="-e.amount_minor"),),
    "unidentified_orders": (_orders("1", "o.customer_id IS NULL"),),
    "refunded_orders": (Grouped(REFUNDED_ORDERS),),
    "unique_customers": (Grouped(BUYERS),),
    "new_customers": (Grouped(NEW_BUYERS),),
    "returning_customers": (Grouped(RETURNING_BUYERS),),
    "repeat_customers": (Grouped(REPEAT_BUYERS),),
    "purchased_users": (Grouped(BUYERS),),
    "wishlisted_users": (Grouped(WISHERS),),
    "payments_succeeded": (_payments("succeeded_at", ""),),
    "payments_failed": (_payments("failed_at", "p.succeeded_at IS NULL"),),
    "disputes_opened": (
        Source(
            table="disputes",
            alias="d",
            kind="'dispute'",
            key="d.dispute_id",
            at="d.created_at",
            reference="d.order_reference",
            adds="1",
            only="d.status NOT LIKE 'warning%%'",
        ),
    ),
    "fees": (
        _bookings(
            f"CASE WHEN b.reporting_category = '{FEE_CATEGORY}' THEN -b.net_minor ELSE b.fee_minor END"
        ),
    ),
    "net_cash": (
        _bookings(
            f"CASE WHEN b.reporting_category IN ({_texts(sorted(MOVED_ONLY))}) THEN -b.fee_minor"
            " ELSE b.net_minor END"
        ),
    ),
}

#: The KPIs that are one KPI of these divided by the other, or by both.
QUOTIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "aov": ("revenue", "orders"),
    "aov_merchandise": ("sales", "orders"),
    "refund_rate_orders_pct": ("refunded_orders", "orders"),
    "refund_rate_cohort_pct": ("refunded_of_sold", "revenue"),
    "dispute_rate_pct": ("disputes_opened", "payments_succeeded"),
    "repeat_rate_pct": ("repeat_customers", "unique_customers"),
    "payment_success_rate_pct": ("payments_succeeded", "payments_failed"),
}
