"""Record orders and their lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from revenue_intel.facts import dirty
from revenue_intel.facts.erasure import bury_things
from revenue_intel.facts.identity import ask_identity
from revenue_intel.facts.models import Customer, OrderFact, OrderLineFact
from revenue_intel.kit.inserts import insert_later, insert_one_later
from revenue_intel.shop.records import OrderRecord


def ask_customer(record: OrderRecord, *, stripe_customer_id: str = "") -> Callable[[], Customer | None]:
    """Look up whose order it is with the next statement; return what returns them. See :func:`record_order`."""
    return ask_identity(
        user_id=record.user_id,
        stripe_customer_id=record.stripe_customer_id or stripe_customer_id,
        email=record.email,
        name=record.name,
    )


def record_order(
    record: OrderRecord,
    *,
    fact: OrderFact | None,
    livemode: bool,
    account: str = "",
    customer: Callable[[], Customer | None] | None = None,
    paid_at: datetime | None = None,
    unfulfillable_at: datetime | None = None,
) -> OrderFact:
    """Record an unpaid order and its lines as the host describes them, and return the fact.

    The caller holds the lock on the host's order (or on the payment that is the order).

    The key of one that was not there is set once the next statement is sent.

    Args:
        record: what the host says.
        fact: the fact that is there, locked; None where there is none.
        livemode: whether its money is live.
        account: the connected account, empty for the shop's own.
        customer: what :func:`ask_customer` returned, where the caller has asked already.
        paid_at: when it was paid; None while it is not.
        unfulfillable_at: when it was paid and could not be filled.
    """
    is_known = fact is not None
    fact = fact or OrderFact(reference=record.reference)
    fact.customer = (customer or ask_customer(record))()
    fact.currency, fact.livemode, fact.account = record.currency, livemode, account
    fact.total_minor, fact.discount_minor = record.total_minor, record.discount_minor
    fact.tax_minor, fact.shipping_minor = record.tax_minor, record.shipping_minor
    fact.created_at, fact.paid_at, fact.unfulfillable_at = record.created_at, paid_at, unfulfillable_at
    if is_known:
        fact.save()
        _replace_lines(fact, _lines_of(fact, record))
    else:
        insert_one_later(fact)
        insert_later(_lines_of(fact, record), found_by=("order", "reference"))
    dirty.mark_order(fact, cause="order")
    bury_things(fact.customer, [fact.reference])
    return fact


def date_order(fact: OrderFact, *, paid_at: datetime | None) -> None:
    """Date a paid order by earlier evidence of its payment. ``fact`` is locked."""
    dirty.mark_order(fact, cause="order_redated")
    fact.paid_at = paid_at
    if fact.unfulfillable_at:
        fact.unfulfillable_at = paid_at
    fact.save(update_fields=["paid_at", "unfulfillable_at"])
    dirty.mark_order(fact, cause="order_redated")


def _replace_lines(fact: OrderFact, lines: list[OrderLineFact]) -> None:
    fact.lines.exclude(line_key__in=[line.line_key for line in lines]).delete()
    OrderLineFact.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["order", "line_key"],
        update_fields=[
            "product_key", "product_name", "variant_key", "quantity",
            "unit_amount_minor", "amount_minor", "discount_minor",
        ],
    )  # fmt: skip


def _lines_of(fact: OrderFact, record: OrderRecord) -> list[OrderLineFact]:
    return [
        OrderLineFact(
            order=fact,
            line_key=line.key,
            product_key=line.product_key,
            product_name=line.product_name[:255],
            variant_key=line.variant_key,
            quantity=line.quantity,
            unit_amount_minor=line.unit_amount_minor,
            amount_minor=line.amount_minor,
            discount_minor=line.discount_minor,
        )
        for line in record.lines
    ]
