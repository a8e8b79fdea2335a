"""A window's days, added up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The numbers of one window. Money is minor units; people and orders count once each, not once a day."""

    orders: int = 0
    revenue_minor: int = 0
    tax_minor: int = 0
    shipping_minor: int = 0
    discount_minor: int = 0
    units: int = 0
    unsplit_orders: int = 0
    unidentified_orders: int = 0
    seconds_to_pay: int = 0
    cohort_refunds_minor: int = 0
    refunds_minor: int = 0
    payments_succeeded: int = 0
    payments_failed: int = 0
    disputes_minor: int = 0
    disputes_opened: int = 0
    credited_minor: int = 0
    fees_minor: int = 0
    net_cash_minor: int = 0
    buyers: int = 0
    first_two: int = 0
    newcomers: int = 0
    refunded_orders: int = 0
