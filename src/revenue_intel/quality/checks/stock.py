"""Stock: nothing is negative, every counter is the sum of its movements, and every paid line is taken once.

Looked at are the rows that movements speak of. A row, a model or a field that is gone is no
finding: history outlives the product, and the next sale of a renamed row writes an ``opening``
of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from revenue_intel.facts.models import OrderFact
from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.quality.base import Check, Finding
from revenue_intel.shop import find_shop
from revenue_intel.stock.drift import find_drift
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.rows import find_model

Kind = StockMovement.Kind

BATCH: Final = 1000
#: How long after its payment an order is asked about line by line, of its adapter.
RECENT: Final = timedelta(days=31)


def _negative() -> Iterator[Finding]:
    for label, field in StockMovement.objects.order_by().values_list("model", "field").distinct():
        model = find_model(label, field)
        if model is None:
            continue
        rows = model._base_manager.filter(**{f"{field}__lt": 0}).order_by("pk").values_list("pk", field)
        for pk, counter in rows.iterator(chunk_size=BATCH):
            yield Finding(
                subject=f"{label}:{pk}:{field}",
                message=f"{label} {pk}: {field} is {counter}",
                detail={"counter": counter},
            )


def _adrift() -> Iterator[Finding]:
    for drift in find_drift():
        label, pk, _ = drift.row
        yield Finding(
            subject=f"{label}:{pk}:{drift.field}",
            message=f"{label} {pk}: {drift.field} is {drift.counter}, its movements say {drift.movements}",
            detail={
                "counter": drift.counter,
                "movements": drift.movements,
                "drift": drift.counter - drift.movements,
            },
        )


def _sold_and_never_received() -> Iterator[Finding]:
    came = Q(kind__in=[Kind.OPENING, Kind.RECEIVE, Kind.RESTOCK, Kind.ADJUST])
    sums = StockMovement.objects.order_by("model", "field", "row").values_list("model", "field", "row")
    sums = sums.annotate(
        received=Sum("quantity", filter=came, default=0),
        committed=Sum("pieces", filter=Q(kind=Kind.COMMIT), default=0),
    )
    for label, field, row, received, committed in sums.filter(committed__gt=F("received")).iterator():
        yield Finding(
            subject=f"{label}:{row}:{field}",
            message=f"{label} {row}: {committed} pieces were committed, {received} ever came in",
            detail={"committed": committed, "received": received},
        )


def _committed_not_once() -> Iterator[Finding]:
    twice = StockMovement.objects.filter(kind__in=[Kind.COMMIT, Kind.PREORDER], order_reference__gt="")
    twice = twice.exclude(line_key="")  # a movement of before line keys were kept
    names = ("order_reference", "line_key", "model", "row", "field")
    for *name, times in (
        twice.order_by(*names).values_list(*names).annotate(times=Count("id")).filter(times__gt=1).iterator()
    ):
        yield Finding(
            subject=":".join(name[:2]),
            message=f"Line {name[1]} of order {name[0]} was committed {times} times",
            detail={"times": times},
        )


def _paid_and_still_held() -> Iterator[Finding]:
    paid = OrderFact.objects.filter(paid_at__isnull=False, unfulfillable_at__isnull=True)
    held = StockReservation.objects.filter(order_reference__in=paid.values("reference")).order_by("id")
    for reference in held.values_list("order_reference", flat=True).iterator():
        yield Finding(
            subject=reference, message=f"Order {reference} is paid, and its pieces are held, not committed"
        )


def _paid_and_not_taken() -> Iterator[Finding]:
    """Yield the lines that took nothing, of orders that the host still has and that were paid in the last month."""
    shop = find_shop()
    if shop is None:
        return
    took = StockMovement.objects.filter(
        kind__in=[Kind.COMMIT, Kind.PREORDER], order_reference=OuterRef("reference")
    )
    lines = took.order_by().values("order_reference").annotate(lines=Count("line_key", distinct=True))
    since = clock.now() - RECENT
    paid = OrderFact.objects.filter(paid_at__gte=since, unfulfillable_at__isnull=True).annotate(
        taken=Coalesce(Subquery(lines.values("lines")), 0), wanted=Count("lines")
    )
    suspects = paid.filter(taken__lt=F("wanted")).order_by("id").values_list("reference", flat=True)
    for reference in suspects.iterator(chunk_size=BATCH):
        order = shop.find_order(reference)
        keys = {line.line_key for line in shop.stock_lines(order)} if order is not None else set()
        done = StockMovement.objects.filter(kind__in=[Kind.COMMIT, Kind.PREORDER], order_reference=reference)
        for key in sorted(keys.difference(done.values_list("line_key", flat=True))):
            yield Finding(
                subject=f"{reference}:{key}",
                message=f"Order {reference} is paid, and its line {key} has taken nothing from stock",
            )


def _paid_is_committed() -> Iterator[Finding]:
    yield from _paid_and_still_held()
    yield from _paid_and_not_taken()


def _reservations() -> Iterator[Finding]:
    held = StockMovement.objects.filter(order_reference__gt="").order_by().values("order_reference")
    sums = held.annotate(pieces=Sum("held"))
    standing = dict(sums.exclude(pieces=0).values_list("order_reference", "pieces"))
    kept = set(StockReservation.objects.values_list("order_reference", flat=True))
    for reference in sorted(kept ^ set(standing)):
        pieces = standing.get(reference, 0)
        yield Finding(
            subject=reference,
            message=f"Order {reference} holds {pieces} pieces and has {'a' if reference in kept else 'no'} reservation",
            detail={"pieces": pieces},
        )


NEGATIVE = Check(
    slug="stock-negative",
    title="No stock row is below zero",
    severity=Issue.Severity.ERROR,
    run=_negative,
)
DRIFT = Check(
    slug="stock-drift",
    title="Every stock counter is the sum of its movements",
    severity=Issue.Severity.ERROR,
    run=_adrift,
)
RECEIVED = Check(
    slug="stock-received",
    title="Nothing was committed that never came in",
    severity=Issue.Severity.ERROR,
    run=_sold_and_never_received,
)
COMMITTED_ONCE = Check(
    slug="stock-committed-once",
    title="Every line of an order is committed at most once",
    severity=Issue.Severity.ERROR,
    run=_committed_not_once,
)
PAID_IS_COMMITTED = Check(
    slug="stock-paid-is-committed",
    title="Every line of a paid order took its pieces",
    severity=Issue.Severity.ERROR,
    run=_paid_is_committed,
)
RESERVATIONS = Check(
    slug="stock-reservations",
    title="Every reservation is an order that holds pieces",
    severity=Issue.Severity.ERROR,
    run=_reservations,
)
