"""KPIs once more, in plain Python over all stored facts: what the database counts must be the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from revenue_intel.facts.balance import MOVED_ONLY
from revenue_intel.facts.models import (
    BalanceReading,
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
    readings: list[Any]


@dataclass(frozen=True)
class Part:
    """The facts of one currency, and when they count."""

    stored: Stored
    window: Any
    currency: str

    def day(self, instant):
        return instant.astimezone(self.window.zone).date()

    def inside(self, instant):
        return instant is not None and self.window.first_day <= self.day(instant) <= self.window.last_day

    def ours(self, facts, field):
        """Return the facts of the currency whose instant is inside."""
        return [one for one in facts if one.currency == self.currency and self.inside(getattr(one, field))]

    @property
    def sold(self):
        return self.ours(self.stored.orders, "paid_at")


def read_facts(*, livemode=False):
    """Read every fact of a mode."""
    paid = OrderFact.objects.filter(paid_at__isnull=False, livemode=livemode)
    return Stored(
        orders=list(paid.select_related("customer").prefetch_related("lines")),
        entries=list(LedgerEntry.objects.exclude(kind="sale").filter(livemode=livemode)),
        bookings=list(BalanceTransactionFact.objects.filter(livemode=livemode)),
        payments=list(PaymentFact.objects.filter(livemode=livemode)),
        disputes=list(DisputeFact.objects.exclude(status__startswith="warning").filter(livemode=livemode)),
        steps=list(FunnelStep.objects.select_related("customer")),  # a wish has no mode
        readings=list(BalanceReading.objects.filter(livemode=livemode).order_by("recorded_at", "pk")),
    )


def recount(stored, window, currency):
    """Return the KPIs of a window by slug: all but those of subscriptions and stock."""
    part = Part(stored, window, currency)
    went_back = recount_went_back(part)
    return {
        **recount_revenue(part, went_back),
        **recount_refunds(part, went_back),
        **recount_people(part),
        **recount_payments(part),
    }


def recount_went_back(part):
    """Return what went back: by order of refunds, by kind of all else; what came to nothing is taken off."""
    by_order: defaultdict[str, int] = defaultdict(int)
    other: Counter[str] = Counter()
    for entry in part.ours(part.stored.entries, "occurred_at"):
        if entry.kind.startswith("refund"):
            by_order[entry.order_reference] -= entry.amount_minor
        else:
            other[entry.kind.removesuffix("_reversal")] -= entry.amount_minor
    return by_order, other


def recount_revenue(part, went_back):
    """Return what was sold, and what of it is left."""
    by_order, other = went_back
    sold = part.sold
    lines = [line for order in sold for line in order.lines.all()]
    revenue = sum(order.total_minor for order in sold)
    sales = sum(order.total_minor - order.tax_minor - order.shipping_minor for order in sold)
    discounts = sum(line.discount_minor for line in lines)
    tax, shipping = sum(order.tax_minor for order in sold), sum(order.shipping_minor for order in sold)
    net_sales = sales - sum(by_order.values()) - other["dispute"] - other["credit_note"]
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
        "fees": other["fee"] if is_balance_read(part) else None,
    }


def recount_refunds(part, went_back):
    """Return what was refunded, by the day of the refund and by the day of its order."""
    by_order, _ = went_back
    sold = part.sold
    refunded_orders = sum(amount > 0 for amount in by_order.values())
    standing = sum(order.refunded_minor for order in sold)
    return {
        "refunded_amount": sum(by_order.values()),
        "refunded_orders": refunded_orders,
        "refund_rate_orders_pct": percent(refunded_orders, len(sold)),
        "refunded_of_sold": standing,
        "refund_rate_cohort_pct": percent(standing, sum(order.total_minor for order in sold)),
    }


def recount_people(part):
    """Return who bought and who wished, each person once."""
    sold = part.sold
    buyers = Counter(order.customer.canonical for order in sold if order.customer)
    old = {
        order.customer.canonical
        for order in part.stored.orders
        if order.customer and part.day(order.paid_at) < part.window.first_day
    }
    repeat = sum(n > 1 for n in buyers.values())
    wished = [step for step in part.stored.steps if part.inside(step.at)]
    return {
        "unique_customers": len(buyers),
        "new_customers": len(set(buyers) - old),
        "returning_customers": len(set(buyers) & old),
        "repeat_customers": repeat,
        "repeat_rate_pct": percent(repeat, len(buyers)),
        "unidentified_orders": sum(order.customer is None for order in sold),
        "wishlisted_users": len({step.customer.canonical for step in wished}),
        "purchased_users": len(buyers),
        "funnel_conversion_pct": conversion(wished, sold),
    }


def recount_payments(part):
    """Return how payments went, what was disputed of them, and what Stripe booked."""
    sold = part.sold
    succeeded = len(part.ours(part.stored.payments, "succeeded_at"))
    failed = sum(one.succeeded_at is None for one in part.ours(part.stored.payments, "failed_at"))
    opened = len(part.ours(part.stored.disputes, "created_at"))
    net_cash = sum(
        -row.fee_minor if row.reporting_category in MOVED_ONLY else row.net_minor
        for row in part.ours(part.stored.bookings, "created_at")
    )
    return {
        "disputes_opened": opened,
        "dispute_rate_pct": percent(opened, succeeded),
        "payments_succeeded": succeeded,
        "payments_failed": failed,
        "payment_success_rate_pct": percent(succeeded, succeeded + failed),
        "time_to_pay": mean(
            sum(int((order.paid_at - order.created_at).total_seconds()) for order in sold), len(sold)
        ),
        "net_cash": net_cash if is_balance_read(part) else None,
    }


def is_balance_read(part):
    """Say whether, by the last reading, all bookings from the window's first instant on to one within it are here."""
    if not part.stored.readings:
        return False
    since, until = part.stored.readings[-1].complete_since, part.stored.readings[-1].complete_until
    return until > part.window.start and not (since and since > part.window.start)


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
