"""Record subscriptions: one row each as it stands, and a history of states that is only ever added to.

The history is a set: what an event says is one row, however often and in whatever order it is
told. Which row stands at an instant follows from the rows alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.forms.models import model_to_dict

from revenue_intel.exceptions import LedgerConflictError
from revenue_intel.facts import locks
from revenue_intel.facts.identity import identify
from revenue_intel.facts.models import Customer, SubscriptionFact, SubscriptionState, SubscriptionStatus
from revenue_intel.facts.terms import DiscountTerms, ItemTerms
from revenue_intel.issues.models import Issue
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.kit import clock

#: What ends a subscription for ever.
FINAL: Final = (SubscriptionStatus.INCOMPLETE_EXPIRED, SubscriptionStatus.CANCELED)
RANK: Final = {status: rank for rank, status in enumerate(SubscriptionStatus.values)}


@dataclass(frozen=True, kw_only=True)
class SubscriptionNews:
    """What one event says of a subscription. ``effective_at`` is the instant from which it holds."""

    subscription_id: str
    stripe_customer_id: str
    status: SubscriptionStatus
    effective_at: datetime
    currency: str
    livemode: bool
    event_id: str
    current_period_start: datetime
    current_period_end: datetime
    items: tuple[ItemTerms, ...]
    are_items_truncated: bool = False
    discounts: tuple[DiscountTerms, ...] = ()
    cancel_at_period_end: bool = False
    pause_collection: str = ""
    cancel_at: datetime | None = None
    canceled_at: datetime | None = None
    account: str = ""


def record_subscription(news: SubscriptionNews) -> SubscriptionFact:
    """Add what is said to the history, and let the subscription stand as its history says.

    Open issues tell where the standing state is in doubt: Stripe sent only some of the items, or two
    different states for the same second.

    Raises:
        LedgerConflictError: it was known as somebody else's, or in another currency, mode or account.
    """
    customer = identify(stripe_customer_id=news.stripe_customer_id)
    if customer is None:
        raise ValueError("A subscription has a customer.")
    said = _said(news)
    fact = locks.lock_subscription(_fresh(news, customer, said))
    _check_same(fact, news, customer)
    SubscriptionState.objects.bulk_create(
        [
            SubscriptionState(
                subscription=fact,
                effective_at=news.effective_at,
                digest=_digest(said),
                recorded_at=clock.now(),
                event_id=news.event_id,
                **said,
            )
        ],
        ignore_conflicts=True,
    )
    candidates = _candidates(fact)
    _stand(fact, max(candidates, key=order_of))
    _tell_doubts(fact, candidates)
    return fact


def order_of(state: SubscriptionState) -> tuple[int, str]:
    """Return by what one of two states of the same instant stands: the further status, then the fingerprint."""
    return RANK[state.status], state.digest


def _candidates(fact: SubscriptionFact) -> list[SubscriptionState]:
    """Return the states of the instant that counts: of the end where it ended, else of the latest."""
    states = SubscriptionState.objects.filter(subscription=fact)
    ends = states.filter(status__in=FINAL)
    instant = ends.order_by("effective_at").values_list("effective_at", flat=True).first()
    if instant is not None:
        return list(ends.filter(effective_at=instant))
    latest = states.order_by("-effective_at").values_list("effective_at", flat=True)[:1]
    return list(states.filter(effective_at=latest))


def _stand(fact: SubscriptionFact, state: SubscriptionState) -> None:
    before = model_to_dict(fact)
    fact.status, fact.state_at = state.status, state.effective_at
    fact.cancel_at_period_end = state.cancel_at_period_end
    fact.pause_collection = state.pause_collection
    fact.cancel_at, fact.canceled_at = state.cancel_at, state.canceled_at
    fact.ended_at = state.effective_at if state.status in FINAL else None
    fact.current_period_start = state.current_period_start
    fact.current_period_end = state.current_period_end
    if model_to_dict(fact) != before:
        fact.save()


def _tell_doubts(fact: SubscriptionFact, candidates: list[SubscriptionState]) -> None:
    standing = max(candidates, key=order_of)
    if standing.are_items_truncated:
        open_issue(
            kind="subscription_items_truncated",
            subject=fact.subscription_id,
            title=f"Stripe sent only some of the items of subscription {fact.subscription_id}",
            detail={"event_id": standing.event_id},
        )
    else:
        resolve_issue(kind="subscription_items_truncated", subject=fact.subscription_id)
    rivals = [
        state
        for state in candidates
        if state.status == standing.status
        and (state.items, state.discounts) != (standing.items, standing.discounts)
    ]
    if rivals:
        open_issue(
            kind="subscription_states_tied",
            subject=fact.subscription_id,
            title=f"Two states of subscription {fact.subscription_id} bear the same second",
            severity=Issue.Severity.WARNING,
        )
    else:
        resolve_issue(kind="subscription_states_tied", subject=fact.subscription_id)


def _check_same(fact: SubscriptionFact, news: SubscriptionNews, customer: Customer) -> None:
    known = (fact.currency, fact.livemode, fact.account)
    is_same = fact.customer_id == customer.key or _are_one(fact.customer_id, customer.key)
    if not is_same or known != (news.currency, news.livemode, news.account):
        raise LedgerConflictError(
            f"subscription {news.subscription_id} was reported with two customers, currencies, modes or accounts."
        )


def _are_one(*keys: UUID) -> bool:
    """Tell whether two keys are one person's: whoever was joined and then forgotten is known by the other one."""
    return Customer.objects.filter(key__in=keys).values("canonical").distinct().count() == 1


def _said(news: SubscriptionNews) -> dict[str, Any]:
    """Return all that a state says, by column."""
    return {
        "currency": news.currency,
        "livemode": news.livemode,
        "account": news.account,
        "status": news.status,
        "cancel_at_period_end": news.cancel_at_period_end,
        "pause_collection": news.pause_collection,
        "cancel_at": news.cancel_at,
        "canceled_at": news.canceled_at,
        "current_period_start": news.current_period_start,
        "current_period_end": news.current_period_end,
        "items": [item.to_json() for item in sorted(news.items, key=lambda item: (item.item, item.price))],
        "discounts": [discount.to_json() for discount in news.discounts],
        "are_items_truncated": news.are_items_truncated,
    }


def _digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _fresh(news: SubscriptionNews, customer: Customer, said: dict[str, Any]) -> SubscriptionFact:
    """Return the row of a subscription of which nothing was known before."""
    names = {field.name for field in SubscriptionFact._meta.get_fields()}
    return SubscriptionFact(
        subscription_id=news.subscription_id,
        customer=customer,
        state_at=news.effective_at,
        ended_at=news.effective_at if news.status in FINAL else None,
        **{name: value for name, value in said.items() if name in names},
    )
