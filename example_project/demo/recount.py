"""Count everything again, by hand: plain Python over the stand-in's own records.

Independent on purpose: nothing of revenue-intel is imported, no database is asked, and people are told
apart by their e-mail address at Stripe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

UNDONE = ("failed", "canceled")
Records = Mapping[str, Any]
Figures = dict[str, int | Decimal | None]


@dataclass(frozen=True, kw_only=True)
class Days:
    """A run of calendar days in a time zone, as Unix seconds: ``starts`` is inside, ``ends`` is not."""

    starts: float
    ends: float

    def __contains__(self, moment: float) -> bool:
        """Tell whether a moment is inside."""
        return self.starts <= moment < self.ends


def last_days(days: int, *, up_to: date, zone: ZoneInfo) -> Days:
    """Return the last ``days`` days, ``up_to`` being the last of them."""
    first, after = up_to - timedelta(days=days - 1), up_to + timedelta(days=1)
    return Days(
        starts=datetime.combine(first, time.min, tzinfo=zone).timestamp(),
        ends=datetime.combine(after, time.min, tzinfo=zone).timestamp(),
    )


@dataclass(frozen=True, kw_only=True)
class _Sale:
    """The first successful payment of an order."""

    at: int
    amount: int
    currency: str
    person: str


def count_money(records: Records, *, days: Days, currency: str) -> Figures:
    """Count orders, refunds and people of some days in one currency; money in pence or cents."""
    sales = [sale for sale in _sales(records).values() if sale.currency == currency and sale.at in days]
    back = _money_back(records, days=days, currency=currency)
    people = Counter(sale.person for sale in sales if sale.person)
    revenue, orders = sum(sale.amount for sale in sales), len(sales)
    refunded_orders = sum(amount > 0 for reference, amount in back.items() if reference)
    return {
        "revenue": revenue,
        "orders": orders,
        "aov": _divide(revenue, orders),
        "refunded_amount": sum(back.values()),
        "refunded_orders": refunded_orders,
        "refund_rate_orders_pct": _percent(refunded_orders, orders),
        "unique_customers": len(people),
        "repeat_customers": sum(orders >= 2 for orders in people.values()),
    }


def count_balance(records: Records, *, days: Days, currency: str) -> Figures:
    """Add up what was booked on the balance in some days, in the currency in which it was settled."""
    booked = [
        each
        for each in records["balance_transactions"]
        if each["currency"] == currency and each["created"] in days
    ]
    return {"fees": sum(each["fee"] for each in booked), "net_cash": sum(each["net"] for each in booked)}


def count_wishers(wishes: Iterable[tuple[str, float]], *, days: Days) -> int:
    """Count who wished for something, given (who, when) of every wish."""
    return len({who for who, at in wishes if at in days})


def _sales(records: Records) -> dict[str, _Sale]:
    charges = {charge["id"]: charge for charge in records["charges"]}
    emails = {customer["id"]: customer["email"] for customer in records["customers"]}
    sales: dict[str, _Sale] = {}
    for intent in records["payment_intents"]:
        reference = intent["metadata"].get("order_reference", "")
        if intent["status"] != "succeeded" or not reference:
            continue
        charge = charges[intent["latest_charge"]]
        email = emails.get(intent["customer"]) or charge["billing_details"]["email"] or ""
        sale = _Sale(
            at=charge["created"],
            amount=intent["amount_received"],
            currency=intent["currency"],
            person=email.strip().casefold(),
        )
        if reference not in sales or sale.at < sales[reference].at:
            sales[reference] = sale
    return sales


def _money_back(records: Records, *, days: Days, currency: str) -> Counter[str]:
    """Return what went back in these days, by order: refunds made, less those that came to nothing."""
    references = {
        intent["id"]: intent["metadata"].get("order_reference", "") for intent in records["payment_intents"]
    }
    undone_at: dict[str, int] = {}
    for event in records["events"]:
        payload = event["data"]["object"]
        if payload["object"] == "refund" and payload["status"] in UNDONE:
            undone_at[payload["id"]] = min(event["created"], undone_at.get(payload["id"], event["created"]))
    back: Counter[str] = Counter()
    for refund in records["refunds"]:
        if refund["currency"] != currency:
            continue
        reference = references[refund["payment_intent"]]
        if refund["created"] in days:
            back[reference] += refund["amount"]
        if refund["status"] in UNDONE and undone_at[refund["id"]] in days:
            back[reference] -= refund["amount"]
    return back


def _divide(total: int, count: int) -> int | None:
    """Divide, half up, without a fraction ever becoming a float."""
    return (2 * total + count) // (2 * count) if count else None


def _percent(part: int, whole: int) -> Decimal | None:
    hundredths = _divide(part * 10_000, whole)
    return None if hundredths is None else Decimal(hundredths) / 100
