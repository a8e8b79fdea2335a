"""The ledger against the orders: each order to the unit, the totals of each scope, the corrections.

A scope is currency, mode and Connect account: amounts are never added up across it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from revenue_intel.facts.models import InvoicePaymentFact, LedgerEntry, OrderFact, PaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.issues.selectors import UNCLAIMED_KINDS, open_issues
from revenue_intel.quality.base import Check, Finding

Scope = tuple[str, bool, str]

SCOPE: Final = ("currency", "livemode", "account")
REFUND_KINDS: Final = (LedgerEntry.Kind.REFUND, LedgerEntry.Kind.REFUND_REVERSAL)


def _posted(kinds: Collection[str]) -> Coalesce:
    """Return what the ledger holds for the outer order, in the order's own scope."""
    of_the_order = LedgerEntry.objects.filter(
        order_reference=OuterRef("reference"),
        kind__in=kinds,
        **{dimension: OuterRef(dimension) for dimension in SCOPE},
    )
    total = (
        of_the_order.order_by().values("order_reference").annotate(total=Sum("amount_minor")).values("total")
    )
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0)


def _orders_and_ledger_differ() -> Iterator[Finding]:
    orders = (
        OrderFact.objects.filter(paid_at__isnull=False)
        .annotate(sold=_posted([LedgerEntry.Kind.SALE]), ledger_refunds=_posted(REFUND_KINDS))
        .exclude(Q(sold=F("total_minor")) & Q(ledger_refunds=-F("refunded_minor")))
        .order_by("pk")
        .values("reference", "currency", "total_minor", "refunded_minor", "sold", "ledger_refunds")
    )
    for order in orders.iterator(chunk_size=1000):
        yield Finding(
            subject=order["reference"],
            message=f"Order {order['reference']} and the ledger differ",
            detail={
                "currency": order["currency"],
                "total_minor": order["total_minor"],
                "ledger_sales_minor": order["sold"],
                "refunded_minor": order["refunded_minor"],
                "ledger_refunds_minor": order["ledger_refunds"],
            },
        )


def _totals_differ() -> Iterator[Finding]:
    """Compare every sale with the paid orders, paid invoices, and the payments that an issue is open about."""
    sold = _sum_by_scope(LedgerEntry.objects.filter(kind=LedgerEntry.Kind.SALE), "amount_minor")
    explained = _sum_by_scope(OrderFact.objects.filter(paid_at__isnull=False), "total_minor")
    known = open_issues(kinds=UNCLAIMED_KINDS).order_by().values("subject")
    invoiced = InvoicePaymentFact.objects.order_by().values("payment")
    unclaimed = PaymentFact.objects.filter(
        Q(payment_intent__in=known) | Q(payment_intent__in=invoiced),
        status=PaymentFact.Status.SUCCEEDED,
        order_reference="",
    )
    for scope, amount in _sum_by_scope(unclaimed, "amount_minor").items():
        explained[scope] += amount
    for scope in sorted(sold.keys() | explained.keys()):
        if sold[scope] != explained[scope]:
            currency, livemode, account = scope
            mode = "live" if livemode else "test"
            yield Finding(
                subject=":".join(filter(None, (currency, mode, account))),
                message=f"{currency}, {mode} money: the ledger's sales are not the paid orders and known payments",
                detail={"ledger_sales_minor": sold[scope], "explained_minor": explained[scope]},
            )


def _sum_by_scope(rows: QuerySet[Any], amount: str) -> defaultdict[Scope, int]:
    totals = rows.order_by().values_list(*SCOPE).annotate(total=Sum(amount))
    return defaultdict(
        int, {(currency, livemode, account): total for currency, livemode, account, total in totals}
    )


def _corrections_are_lopsided() -> Iterator[Finding]:
    """A reversal takes back exactly one entry: the same object and scope, on its day, with the opposite amount."""
    same = {
        name: F(f"reverses__{name}")
        for name in ("kind", "object_id", "occurred_at", "order_reference", *SCOPE)
    }
    lopsided = (
        LedgerEntry.objects.filter(reverses__isnull=False)
        .exclude(amount_minor=-F("reverses__amount_minor"), **same)
        .order_by("pk")
    )
    for key, reversed_key in lopsided.values_list("key", "reverses__key").iterator(chunk_size=1000):
        yield Finding(
            subject=key,
            message=f"Ledger entry {key} does not take back {reversed_key} exactly",
            detail={"reverses": reversed_key},
        )


ORDERS = Check(
    slug="ledger-orders",
    title="Every paid order is in the ledger with its total and its refunds",
    severity=Issue.Severity.ERROR,
    run=_orders_and_ledger_differ,
)
TOTALS = Check(
    slug="ledger-totals",
    title="All sales in the ledger are paid orders, paid invoices, or payments with an open issue",
    severity=Issue.Severity.ERROR,
    run=_totals_differ,
)
CORRECTIONS = Check(
    slug="ledger-corrections",
    title="Every correction in the ledger takes back exactly one entry",
    severity=Issue.Severity.ERROR,
    run=_corrections_are_lopsided,
)
