"""A payment came in: settle its order, exactly once.

The money is always recorded. What happens to the order depends on whether the payment fits
it (amount, currency, mode, account) and on whether the stock can be taken. Locks, in order:
the host's order, its stock rows, the facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from revenue_intel import signals
from revenue_intel.audit.services import record_action
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import PaymentMismatchError, RevenueIntelError, StockOversellError
from revenue_intel.facts import dirty, hosts_word, locks
from revenue_intel.facts import selectors as facts_read
from revenue_intel.facts import services as facts
from revenue_intel.facts.models import OrderFact, PaymentFact
from revenue_intel.facts.services import PaymentNews
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.orders import forgetting, paid_twice, refunding, restocking, states
from revenue_intel.orders.transitions import TRANSITIONS
from revenue_intel.shop import OrderRecord, OrderState, ShopAdapter, find_shop
from revenue_intel.stock import services as stock


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What became of a payment: the order's state, None where it settled no order."""

    state: OrderState | None
    is_order_missing: bool = False


@transaction.atomic(savepoint=False)
@dirty.gathered()
def settle_payment(news: PaymentNews) -> Settlement:
    """Record a succeeded payment and settle the order it claims to be for. Idempotent.

    An order that cannot be filled becomes ``paid_unfulfillable``: the payment is kept, an issue is
    open, ``order_unfulfillable`` is sent. A payment that does not fit its order leaves the order
    alone and opens an issue. Nothing is raised for either.
    """
    shop = find_shop()
    if shop is None:
        return _settle_without_shop(news)
    order = _lock_order(shop, news)
    if order is None:
        return _keep_without_order(news)
    asked = facts_read.ask_order(reference=news.claimed_reference)  # answered with the next statement
    record = shop.describe(order)
    fact = asked(record.reference)
    if fact is not None and fact.paid_at is not None:
        resolve_issue(kind="payment_without_order", subject=news.payment_intent)
        return _already_paid(shop, order, record, fact, news)
    try:
        check_fits(record, news)
    except PaymentMismatchError as error:
        return _keep_mismatched(record, news, error)
    shortage = take_stock(shop, order, record, fact, news)
    return _write_settled(shop, order, record, fact, news, shortage)


def _lock_order(shop: ShopAdapter, news: PaymentNews) -> Any | None:
    """Return the order that a payment says it is for or, where it names none, that it is known to pay: locked."""
    order = shop.find_order(news.claimed_reference, lock=True) if news.claimed_reference else None
    if order is None:
        named = hosts_word.find_named_order(payment_intent=news.payment_intent)
        order = shop.find_order(named, lock=True) if named else None
    return order


@transaction.atomic(savepoint=False)
def record_payment_progress(news: PaymentNews) -> PaymentFact:
    """Record how far a payment that has not succeeded has come. The order stays as it is: it can still be paid."""
    return facts.record_payment(news)


def _settle_without_shop(news: PaymentNews) -> Settlement:
    """With no adapter each payment is an order of its own, under the PaymentIntent's id."""
    payment = facts.record_payment(news, order_reference=news.payment_intent)
    fact = locks.lock_order(reference=news.payment_intent)
    if fact is None:
        record = OrderRecord(
            reference=news.payment_intent,
            currency=news.currency,
            total_minor=news.amount_minor,
            created_at=news.at,
            lines=(),
            email=news.email,
            stripe_customer_id=news.stripe_customer_id,
        )
        fact = facts.record_order(
            record, fact=None, livemode=news.livemode, account=news.account, paid_at=payment.succeeded_at
        )
    else:
        facts.date_order(fact, paid_at=payment.succeeded_at)
    post_payment(payment, fact, event_id=news.event_id)
    return Settlement(state=facts_read.state_of(fact))


def _keep_without_order(news: PaymentNews) -> Settlement:
    payment = facts.record_payment(news)
    if payment.order_reference and hosts_word.is_on_hosts_word(reference=payment.order_reference):
        return Settlement(state=None)  # the host's order is gone, or told this moment: it counts as it is
    facts.post_sale(payment, event_id=news.event_id)
    locks.lock_invoice_of_payment(payment=news.payment_intent)
    if not facts_read.pays_an_invoice(payment=news.payment_intent):
        open_issue(
            kind="payment_without_order",
            subject=news.payment_intent,
            title=f"A payment came in for no order of this shop ({news.payment_intent})",
            detail={"claimed_reference": news.claimed_reference, **_money(news)},
        )
    return Settlement(state=None, is_order_missing=bool(news.claimed_reference))


def _already_paid(
    shop: ShopAdapter, order: Any, record: OrderRecord, fact: OrderFact, news: PaymentNews
) -> Settlement:
    """The order has been paid: by this very payment, or by another one too."""
    if hosts_word.may_be_replaced(reference=fact.reference, payment_intent=news.payment_intent):
        return _take_hosts_place(fact, news)
    payment = facts.record_payment(news)
    if payment.order_reference == fact.reference:
        if payment.succeeded_at != fact.paid_at:
            facts.date_order(fact, paid_at=payment.succeeded_at)
            write_state(shop, order, fact)
            facts.post_sale(payment, event_id=news.event_id)
        return Settlement(state=facts_read.state_of(fact))
    try:
        check_fits(record, news)
    except PaymentMismatchError as error:
        return _keep_mismatched(record, news, error)
    if paid_twice.settle_by_earlier(record, fact, payment, news):
        restocking.restock_if_due(shop, fact, event_id=news.event_id)
        write_state(shop, order, fact)
        if fact.unfulfillable_at:
            _give_back(fact, news)
    return Settlement(state=facts_read.state_of(fact))


def _take_hosts_place(fact: OrderFact, news: PaymentNews) -> Settlement:
    """Let the payment itself stand where the host's word did. The host's order is as it is: it has known all along."""
    try:
        check_fits(fact, news)
    except PaymentMismatchError as error:
        return _keep_mismatched(fact, news, error)
    payment = facts.record_payment(news, order_reference=fact.reference)
    fact = locks.lock_order(reference=fact.reference) or fact
    if payment.succeeded_at != fact.paid_at:
        facts.date_order(fact, paid_at=payment.succeeded_at)
    hosts_word.retract_sale_of_host(reference=fact.reference, event_id=news.event_id)
    post_payment(payment, fact, event_id=news.event_id)
    resolve_issue(kind="payment_mismatch", subject=news.payment_intent)
    return Settlement(state=facts_read.state_of(fact))


def check_fits(record: OrderRecord | OrderFact, news: PaymentNews) -> None:
    """Raise PaymentMismatchError unless the payment is the one the order asks for."""
    wrong = []
    if (news.amount_minor, news.currency) != (record.total_minor, record.currency):
        wrong.append(
            f"paid {news.amount_minor} {news.currency}, the order asks for {record.total_minor} {record.currency}"
        )
    livemode = conf.find_livemode()
    if livemode is not None and news.livemode != livemode:
        wrong.append(f"livemode is {news.livemode}, this shop takes {livemode}")
    if news.account:
        wrong.append("the payment belongs to a connected account")
    if wrong:
        raise PaymentMismatchError("; ".join(wrong))


def _keep_mismatched(
    record: OrderRecord | OrderFact, news: PaymentNews, error: PaymentMismatchError
) -> Settlement:
    payment = facts.record_payment(news)
    resolve_issue(kind="payment_without_order", subject=news.payment_intent)
    if not payment.order_reference:  # one that the host named for this order counts on the host's word
        facts.post_sale(payment, event_id=news.event_id)
    open_issue(
        kind="payment_mismatch",
        subject=news.payment_intent,
        title=f"A payment does not fit order {record.reference}: {error}",
        detail={"reference": record.reference, **_money(news)},
    )
    return Settlement(state=None)


def take_stock(
    shop: ShopAdapter, order: Any, record: OrderRecord, fact: OrderFact | None, news: PaymentNews
) -> RevenueIntelError | None:
    """Take the order's stock; return why it cannot be filled, or None."""
    if fact is not None and fact.canceled_at is not None:
        return RevenueIntelError("the order had been canceled when it was paid")
    try:
        stock.commit(order_reference=record.reference, lines=shop.stock_lines(order), event_id=news.event_id)
    except StockOversellError as error:
        stock.release(order_reference=record.reference, event_id=news.event_id)  # a part is of no use to it
        return error
    except ValueError as error:  # a line of the host's wants what is no number of pieces
        stock.release(order_reference=record.reference, event_id=news.event_id)
        return RevenueIntelError(str(error))
    return None


def _write_settled(
    shop: ShopAdapter,
    order: Any,
    record: OrderRecord,
    fact: OrderFact | None,
    news: PaymentNews,
    shortage: RevenueIntelError | None,
) -> Settlement:
    recorded = facts.ask_payment(news, order_reference=record.reference)
    # Whoever makes one holds the host's order, as we do: where there was none, there is none.
    locked = None if fact is None else locks.ask_order(reference=record.reference)
    customer = facts.ask_customer(record, stripe_customer_id=news.stripe_customer_id)
    payment = recorded()
    if not payment.is_new:  # of one that is new nothing can be open
        resolve_issue(kind="payment_without_order", subject=news.payment_intent)
        resolve_issue(kind="payment_mismatch", subject=news.payment_intent)
    fact = facts.record_order(
        record,
        fact=locked() if locked else None,
        livemode=news.livemode,
        account=news.account,
        customer=customer,
        paid_at=payment.succeeded_at,
        unfulfillable_at=None if shortage is None else payment.succeeded_at,
    )
    post_payment(payment, fact, event_id=news.event_id)
    forgetting.keep_forgotten(fact, payment, event_id=news.event_id)
    restocking.restock_if_due(shop, fact, event_id=news.event_id)
    return announce(shop, order, fact, news, shortage)


def announce(
    shop: ShopAdapter, order: Any, fact: OrderFact, news: PaymentNews, shortage: RevenueIntelError | None
) -> Settlement:
    """Tell the host, the audit log and, after commit, whoever listens that an order is settled."""
    state = facts_read.state_of(fact)
    record_action(
        actor="stripe" if news.event_id else "revenue_intel",  # what costs nothing is settled by us
        action="order.settled",
        subject=fact.reference,
        detail={"state": state, **_money(news)},
    )
    write_state(shop, order, fact)
    if shortage is not None:
        open_issue(
            kind="paid_unfulfillable",
            subject=fact.reference,
            title=f"Order {fact.reference} is paid and cannot be filled: {shortage}",
            detail={"payment_intent": news.payment_intent, "error": shortage.code, **_money(news)},
        )
        _give_back(fact, news)
        tell = signals.order_unfulfillable.send_robust
        transaction.on_commit(partial(tell, sender=None, reference=fact.reference, error=shortage))
    tell = signals.order_settled.send_robust
    transaction.on_commit(partial(tell, sender=None, reference=fact.reference, state=state))
    return Settlement(state=state)


def _give_back(fact: OrderFact, news: PaymentNews) -> None:
    """Write down the refund of an order that cannot be filled, where the shop wants that; it is sent after commit."""
    if conf.REFUND_UNFULFILLABLE and news.amount_minor and facts_read.state_of(fact) in TRANSITIONS["refund"]:
        key = f"unfulfillable:{news.payment_intent}"[:200]
        request = refunding.write_down(fact, amount_minor=None, reason="", actor="revenue_intel", key=key)
        transaction.on_commit(partial(refunding.try_send, request))


def write_state(shop: ShopAdapter, order: Any, fact: OrderFact) -> None:
    """Write the paid order's state, by way of *paid* where it is further on, so that the host has its ``paid_at``."""
    state = facts_read.state_of(fact)
    if fact.paid_at and state is not OrderState.PAID and fact.unfulfillable_at is None:
        shop.write_state(order, OrderState.PAID, at=fact.paid_at)
    shop.write_state(order, state, at=states.instant_of(fact))


def post_payment(payment: PaymentFact, fact: OrderFact, *, event_id: str) -> None:
    """Post the sale of an order's payment, and give the order to what came before it. ``fact`` is locked."""
    entry = facts.post_sale(payment, event_id=event_id)
    if facts.version_of(entry) == 1:
        return  # refunds and disputes wait until their payment is posted, so there can be none yet
    if facts.attach_refunds(payment, event_id=event_id):
        facts.sum_refunds(fact)
    if facts.attach_disputes(payment, event_id=event_id):
        facts.date_dispute(fact)


def _money(news: PaymentNews) -> dict[str, Any]:
    return {"amount_minor": news.amount_minor, "currency": news.currency, "livemode": news.livemode}
