"""Read the movement ledger."""

from __future__ import annotations

from django.db.models import Sum

from revenue_intel.stock.models import StockMovement


def sum_movements() -> dict[tuple[str, str, str], int]:
    """Return, per stock row (model label, primary key, field), what its counter must hold."""
    rows = StockMovement.objects.exclude(kind=StockMovement.Kind.PREORDER).values_list(
        "model", "row", "field"
    )
    return {
        (model, row, field): total
        for model, row, field, total in rows.annotate(total=Sum("quantity")).order_by()
    }
