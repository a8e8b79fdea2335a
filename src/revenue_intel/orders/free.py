"""An order that costs nothing: it is settled without a payment, and nothing is posted."""

from __future__ import annotations

from django.db import transaction

from revenue_intel.exceptions import PaymentMismatchError
from revenue_intel.facts import locks
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts import services as facts
from revenue_intel.facts.services import PaymentNews
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.orders.settlement import Settlement, announce, check_fits, take_stock, write_state
from revenue_intel.shop import OrderState, find_shop


@transaction.atomic(savepoint=False)
def settle_free(news: PaymentNews) -> Settlement:
    """Settle the order that a page without a payment is for, if it costs nothing. Idempotent.

    An order that does not cost nothing stays as it is, with an issue; one that was canceled stays canceled.

    Args:
        news: over 0, with the page's id where a payment has the PaymentIntent's.
    """
    shop = find_shop()
    order = shop.find_order(news.claimed_reference, lock=True) if shop and news.claimed_reference else None
    if shop is None or order is None:
        return Settlement(state=None, is_order_missing=bool(shop and news.claimed_reference))
    record = shop.describe(order)
    fact = facts_read.find_order(reference=record.reference)
    if fact is not None and fact.paid_at is None and fact.canceled_at is not None:
        return Settlement(state=OrderState.CANCELED)
    try:
        check_fits(record, news)
    except PaymentMismatchError as error:
        open_issue(
            kind="payment_mismatch",
            subject=news.payment_intent,
            title=f"A page without a payment does not fit order {record.reference}: {error}",
            detail={"reference": record.reference, "currency": news.currency, "livemode": news.livemode},
        )
        return Settlement(state=None)
    resolve_issue(kind="payment_mismatch", subject=news.payment_intent)
    if fact is None or fact.paid_at is None:
        shortage = take_stock(shop, order, record, fact, news)
        fact = facts.record_order(
            record,
            fact=locks.lock_order(reference=record.reference),
            livemode=news.livemode,
            account=news.account,
            customer=facts.ask_customer(record, stripe_customer_id=news.stripe_customer_id),
            paid_at=news.at,
            unfulfillable_at=None if shortage is None else news.at,
        )
        return announce(shop, order, fact, news, shortage)
    if news.at < fact.paid_at:
        fact = locks.lock_order(reference=record.reference) or fact
        facts.date_order(fact, paid_at=news.at)
        write_state(shop, order, fact)
    return Settlement(state=facts_read.state_of(fact))
