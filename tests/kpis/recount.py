"""KPIs once more, in plain Python over all stored facts: what the database counts must be the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from revenue_intel.facts.balance import MOVED_ONLY
from revenue_intel.facts.models import (
    BalanceTransactionFact,
    DisputeFact,
    FunnelStep,
    LedgerEntry,
    OrderFact,
    PaymentFact,
)


@dataclass
class Stored:
    """All facts of a shop of one mode and account."""

    orders: list[Any]
    entries: list[Any]
    bookings: list[Any]
    payments: list[Any]
    disputes: list[Any]
    steps: list[Any]


def read_facts():
    """Read every fact."""
    paid = OrderFact.objects.filter(paid_at__isnull=False)
    return Stored(
        orders=list(paid.select_related("customer").prefetch_related("lines")),
        entries=list(LedgerEntry.objects.exclude(kind="sale")),
        bookings=list(BalanceTransactionFact.objects.all()),
        payments=list(PaymentFact.objects.all()),
        disputes=list(DisputeFact.objects.exclude(status__startswith="warning")),
        steps=list(FunnelStep.objects.select_related("customer")),
    )


def recount(stored, window, currency):
    """Return the KPIs of a window by slug: all but those of subscriptions and stock."""

    def day(instant):
        return instant.astimezone(window.zone).date()

    def inside(instant):
        return instant is not None and window.first_day <= day(instant) <= window.last_day

    ours = [order for order in stored.orders if order.currency == currency]
    sold = [order for order in ours if inside(order.paid_at)]
    lines = [line for order in sold for line in order.lines.all()]
    net: defaultdict[str, int] = defaultdict(int)
    other: Counter[str] = Counter()
    for entry in stored.entries:
        if entry.currency == currency and inside(entry.occurred_at):
            if entry.kind.startswith("refund"):
                net[entry.order_reference] -= entry.amount_minor
            else:
                other[entry.kind.removesuffix("_reversal")] -= entry.amount_minor
    booked = [row for row in stored.bookings if row.currency == currency and inside(row.created_at)]
    buyers = Counter(order.customer.canonical for order in sold if order.customer)
    old = {
        order.customer.canonical
        for order in stored.orders
        if order.customer and day(order.paid_at) < window.first_day
    }
    payments = [one for one in stored.payments if one.currency == currency]
    succeeded = sum(inside(one.succeeded_at) for one in payments)
    failed = sum(inside(one.failed_at) for one in payments if one.succeeded_at is None)
    opened = sum(inside(one.created_at) for one in stored.disputes if one.currency == currency)
    revenue = sum(order.total_minor for order in sold)
    sales = sum(order.total_minor - order.tax_minor - order.shipping_minor for order in sold)
    discounts = sum(line.discount_minor for line in lines)
    tax, shipping = sum(order.tax_minor for order in sold), sum(order.shipping_minor for order in sold)
    net_sales = sales - sum(net.values()) - other["dispute"] - other["credit_note"]
    refunded_orders = sum(amount > 0 for amount in net.values())
    standing = sum(order.refunded_minor for order in sold)
    repeat = sum(n > 1 for n in buyers.values())
    wished = [step for step in stored.steps if inside(step.at)]
    return {
        "revenue": revenue,
        "orders": len(sold),
        "aov": mean(revenue, len(sold)),
        "aov_merchandise": mean(sales, len(sold)),
        "units": sum(line.quantity for line in lines),
        "unsplit_orders": sum(not order.lines.all() for order in sold),
        "discounts": discounts,
        "gross_sales": sales + discounts,
        "sales": sales,
        "tax": tax,
        "shipping": shipping,
        "net_sales": net_sales,
        "total_collected": net_sales + tax + shipping,
        "disputes_net": other["dispute"],
        "credit_notes": other["credit_note"],
        "disputes_opened": opened,
        "dispute_rate_pct": percent(opened, succeeded),
        "fees": other["fee"],
        "net_cash": sum(
            -row.fee_minor if row.reporting_category in MOVED_ONLY else row.net_minor for row in booked
        ),
        "refunded_amount": sum(net.values()),
        "refunded_orders": refunded_orders,
        "refund_rate_orders_pct": percent(refunded_orders, len(sold)),
        "refunded_of_sold": standing,
        "refund_rate_cohort_pct": percent(standing, revenue),
        "unique_customers": len(buyers),
        "new_customers": len(set(buyers) - old),
        "returning_customers": len(set(buyers) & old),
        "repeat_customers": repeat,
        "repeat_rate_pct": percent(repeat, len(buyers)),
        "unidentified_orders": sum(order.customer is None for order in sold),
        "wishlisted_users": len({step.customer.canonical for step in wished}),
        "purchased_users": len(buyers),
        "funnel_conversion_pct": conversion(wished, sold),
        "payments_succeeded": succeeded,
        "payments_failed": failed,
        "payment_success_rate_pct": percent(succeeded, succeeded + failed),
        "time_to_pay": mean(
            sum(int((order.paid_at - order.created_at).total_seconds()) for order in sold), len(sold)
        ),
    }


def recount_products(stored, window, currency):
    """Return each product's units, revenue and units of orders refunded in full."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for order in stored.orders:
        inside = window.first_day <= order.paid_at.astimezone(window.zone).date() <= window.last_day
        if order.currency == currency and inside:
            is_whole = 0 < order.total_minor <= order.refunded_minor
            for line in order.lines.all():
                mine = found[line.product_key]
                mine[0] += line.quantity
                mine[1] += line.amount_minor
                mine[2] += line.quantity * is_whole
    return {key: tuple(numbers) for key, numbers in found.items()}


def conversion(wished, sold):
    """Return how many of those who wishlisted bought then or later; wishlisting is the one step recorded."""
    first: dict[Any, Any] = {}
    for step in wished:
        person = step.customer.canonical
        first[person] = min(first.get(person, step.at), step.at)
    bought = {
        order.customer.canonical
        for order in sold
        if order.customer
        and order.customer.canonical in first
        and first[order.customer.canonical] <= order.paid_at
    }
    return percent(len(bought), len(first))


def mean(total, count):
    """Return the mean, half up."""
    return half_up(Decimal(total) / count, "1") if count else None


def percent(part, whole):
    """Return a percentage, half up to two decimals."""
    return half_up(Decimal(100 * part) / whole, "0.01") if whole else None


def half_up(number, step):
    """Round half up."""
    return number.quantize(Decimal(step), rounding=ROUND_HALF_UP)
