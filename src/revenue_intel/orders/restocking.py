"""Put back what a refunded order took, where the shop wants that, and take it again where the refund does not stand.

The one place where stock is locked after facts: the order's own, which nobody else waits for while they hold stock,
because whoever locks those holds the host's order first.
"""

from __future__ import annotations

from revenue_intel.exceptions import StockOversellError
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts.models import OrderFact
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.shop import OrderState, ShopAdapter
from revenue_intel.stock import selectors as stock_read
from revenue_intel.stock import services as stock

ISSUE_KIND = "restocked_and_not_refunded"


def restock_if_due(shop: ShopAdapter, fact: OrderFact, *, event_id: str = "") -> None:
    """Bring the shelves up to date with the refunds of a locked order. Idempotent by the refund that was the last.

    Goods that went back for a refund that came to nothing, or that turned out to be of another payment, are taken
    again. Where somebody has bought them since, an issue opens.
    """
    if shop.restock_policy == "never":
        return
    if facts_read.state_of(fact) is not OrderState.REFUNDED:
        _take_again(fact, event_id=event_id)
    elif shop.restock_policy == "on_full_refund" or fact.fulfilled_at is None:
        last = facts_read.find_refund_reaching(reference=fact.reference, amount_minor=fact.total_minor)
        if last is not None:
            stock.restock(order_reference=fact.reference, key=last.refund_id, event_id=event_id)
            resolve_issue(kind=ISSUE_KIND, subject=fact.reference)


def _take_again(fact: OrderFact, *, event_id: str) -> None:
    """Take what went back for refunds, while it is there: what the host put back itself stays where it is."""
    refunds = facts_read.refunds_among(stock_read.restocked_for(order_reference=fact.reference))
    if not refunds:
        return
    try:
        for refund_id in refunds:
            stock.undo_restock(order_reference=fact.reference, key=refund_id, event_id=event_id)
    except StockOversellError as error:
        open_issue(
            kind=ISSUE_KIND,
            subject=fact.reference,
            title=f"Order {fact.reference} went back to the shelves, its refund does not stand, and: {error}",
            detail={"refunded_minor": fact.refunded_minor, "total_minor": fact.total_minor},
        )
    else:
        resolve_issue(kind=ISSUE_KIND, subject=fact.reference)
