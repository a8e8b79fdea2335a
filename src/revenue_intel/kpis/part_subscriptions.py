"""What the KPIs of subscriptions are made of: items, subscriptions, movements of customers and trials."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from revenue_intel.facts.models import SubscriptionState
from revenue_intel.kit.periods import midnight
from revenue_intel.kpis.mrr import COUNTING, DiscountPolicy, StateMrr
from revenue_intel.kpis.part_people import CUSTOMER
from revenue_intel.kpis.parts import Part
from revenue_intel.kpis.questions import Question
from revenue_intel.kpis.subscription_history import (
    Change,
    Kind,
    changes_of,
    movements,
    mrr_by_customer,
    read_standing,
    read_terms,
    worth_of,
)
from revenue_intel.kpis.subscription_windows import trials_of

#: What reads the parts of a KPI: the parts that add nothing may be among them.
Reader = Callable[[Question, DiscountPolicy], Iterator[Part]]


def _standing_at(
    question: Question, policy: DiscountPolicy, at: datetime
) -> Iterator[tuple[SubscriptionState, StateMrr]]:
    """Yield each subscription that counts at an instant, as it stood then, and what its items were worth."""
    known = read_terms(question.scope, known_at=question.known_at)
    for states in read_standing(question.scope, before=at, known_at=question.known_at):
        if states[-1].status in COUNTING:
            yield (
                states[-1],
                worth_of(states[-1], known, at=at - timedelta.resolution, policy=policy),
            )


def _items(question: Question, policy: DiscountPolicy, *, paused_only: bool = False) -> Iterator[Part]:
    for state, worth in _standing_at(question, policy, question.window.end):
        if state.pause_collection or not paused_only:
            yield from _items_of(state, worth)


def _items_at_start(question: Question, policy: DiscountPolicy) -> Iterator[Part]:
    for state, worth in _standing_at(question, policy, question.window.start):
        yield from _items_of(state, worth)


def _items_of(state: SubscriptionState, worth: StateMrr) -> Iterator[Part]:
    """Yield what each item that has a price is worth a month, since when the subscription stands so."""
    for item, minor in worth.items:
        yield Part(
            kind="subscription_item",
            id=f"{state.subscription_id}/{item}",
            at=state.effective_at,
            value=minor,
        )


def _doubts(
    question: Question, policy: DiscountPolicy, *, count: Callable[[SubscriptionState, StateMrr], int]
) -> Iterator[Part]:
    """Yield each subscription with how much of it is in doubt."""
    for state, worth in _standing_at(question, policy, question.window.end):
        yield Part(
            kind="subscription",
            id=state.subscription_id,
            at=state.effective_at,
            value=count(state, worth),
        )


def _movements(question: Question, policy: DiscountPolicy, *, kind: Kind) -> Iterator[Part]:
    """Yield a customer's movements of a kind, each at the midnight with which its day began."""
    for movement in movements(_changes(question, policy), question.window):
        if movement.kind is kind:
            at = midnight(movement.day, question.window.zone)
            yield Part(kind=CUSTOMER, id=str(movement.customer), at=at, value=movement.minor)


def _subscribers(question: Question, policy: DiscountPolicy) -> Iterator[Part]:
    """Yield who has any MRR at the window's end, at the instant at which it moved last."""
    changes = list(_changes(question, policy))
    last = {change.customer: change.at for change in sorted(changes, key=lambda change: change.at)}
    for customer in mrr_by_customer(changes, at=question.window.end):
        yield Part(kind=CUSTOMER, id=str(customer), at=last[customer], value=1)


def _changes(question: Question, policy: DiscountPolicy) -> Iterator[Change]:
    known = read_terms(question.scope, known_at=question.known_at)
    for states in _histories(question):
        yield from changes_of(states, before=question.window.end, policy=policy, known=known)


def _histories(question: Question) -> Iterator[list[SubscriptionState]]:
    return read_standing(question.scope, before=question.window.end, known_at=question.known_at)


def _trials(question: Question, _policy: DiscountPolicy, *, ended: bool) -> Iterator[Part]:
    for states in _histories(question):
        for trial in trials_of(states):
            at = trial.ended_at if ended else trial.started_at
            if at is not None and question.window.start <= at < question.window.end:
                yield Part(kind="trial", id=states[0].subscription_id, at=at, value=1)


#: The KPIs of subscriptions that are sums of rows, and what reads these.
SUBSCRIPTIONS: Final[Mapping[str, Reader]] = {
    "mrr": _items,
    "mrr_start": _items_at_start,
    "mrr_paused": partial(_items, paused_only=True),
    **{f"mrr_{kind}": partial(_movements, kind=kind) for kind in Kind},
    "mrr_excluded_items": partial(_doubts, count=lambda _state, worth: worth.excluded_items),
    "mrr_unknown_discounts": partial(_doubts, count=lambda _state, worth: worth.unknown_discounts),
    "mrr_truncated_subscriptions": partial(
        _doubts, count=lambda state, _worth: int(state.are_items_truncated)
    ),
    "subscribers": _subscribers,
    "trials_started": partial(_trials, ended=False),
    "trials_ended": partial(_trials, ended=True),
}

#: The KPIs of subscriptions that are worked out from some of these, and from which.
MADE_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "arr": ("mrr",),
    "arpa": ("mrr", "subscribers"),
    "gross_revenue_churn_pct": ("mrr_churn", "mrr_contraction", "mrr_start"),
    "gross_revenue_retention_pct": ("mrr_churn", "mrr_contraction", "mrr_start"),
    "net_revenue_churn_pct": (
        "mrr_churn", "mrr_contraction", "mrr_expansion", "mrr_reactivation", "mrr_start",
    ),
    "net_revenue_retention_pct": (
        "mrr_churn", "mrr_contraction", "mrr_expansion", "mrr_reactivation", "mrr_start",
    ),
    "quick_ratio": ("mrr_new", "mrr_expansion", "mrr_reactivation", "mrr_churn", "mrr_contraction"),
}  # fmt: skip
