"""Put back what a refunded order took, where the shop wants that.

The one place where stock is locked after facts: the order's own, which nobody else waits for while they hold stock,
because whoever locks those holds the host's order first.
"""

from __future__ import annotations

from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts.models import OrderFact
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.shop import OrderState, ShopAdapter
from revenue_intel.stock import selectors as stock_read
from revenue_intel.stock import services as stock

ISSUE_KIND = "restocked_and_not_refunded"


def restock_if_due(shop: ShopAdapter, fact: OrderFact, *, event_id: str = "") -> None:
    """Bring the shelves up to date with the refunds of a locked order. Idempotent by the refund that was the last.

    A refund that came to nothing after its goods went back opens an issue: somebody may have bought them since.
    """
    if shop.restock_policy == "never":
        return
    is_refunded = facts_read.state_of(fact) is OrderState.REFUNDED
    if is_refunded and (shop.restock_policy == "on_full_refund" or fact.fulfilled_at is None):
        last = facts_read.find_refund_reaching(reference=fact.reference, amount_minor=fact.total_minor)
        if last is not None:
            stock.restock(order_reference=fact.reference, key=last.refund_id, event_id=event_id)
            resolve_issue(kind=ISSUE_KIND, subject=fact.reference)
    elif not is_refunded and stock_read.is_restocked(order_reference=fact.reference):
        open_issue(
            kind=ISSUE_KIND,
            subject=fact.reference,
            title=f"Order {fact.reference} went back to the shelves, and its refund came to nothing",
            detail={"refunded_minor": fact.refunded_minor, "total_minor": fact.total_minor},
        )
