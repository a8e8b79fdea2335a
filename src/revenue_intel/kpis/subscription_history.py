"""MRR over time: what each customer was worth at an instant, and how that moved (KPI contract K16–K18).

Everything is answered from the states of subscriptions, never from how they stand today. An
instant is exclusive: MRR *at* midnight is that of all states before it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.facts.discounts import KnownTerms
from revenue_intel.facts.models import SubscriptionState
from revenue_intel.facts.subscriptions import FINAL, order_of
from revenue_intel.facts.terms import DiscountTerms, ItemTerms
from revenue_intel.kit.periods import Window, day_of
from revenue_intel.kpis.databases import analytics_alias, stored
from revenue_intel.kpis.known import people_known_at
from revenue_intel.kpis.mrr import COUNTING, DiscountPolicy, StateMrr, measure
from revenue_intel.kpis.questions import Scope

Customer = uuid.UUID


class Kind(StrEnum):
    """How a customer's MRR moved in a day."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    REACTIVATION = "reactivation"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A customer's MRR changed by ``minor`` at an instant."""

    at: datetime
    customer: Customer
    minor: int


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A customer's MRR moved by ``minor`` (signed) in a calendar day."""

    day: date
    customer: Customer
    kind: Kind
    minor: int


@dataclass(frozen=True, kw_only=True)
class Mrr:
    """MRR at an instant, under a named policy, with what is in doubt about it.

    ``paused_minor`` is the part of it whose invoices are not collected. ``excluded_items`` are metered or
    tiered, ``unknown_discounts`` came without terms, ``truncated_subscriptions`` without all their items.
    """

    policy: DiscountPolicy
    minor: int = 0
    paused_minor: int = 0
    subscriptions: int = 0
    excluded_items: int = 0
    unknown_discounts: int = 0
    truncated_subscriptions: int = 0


class StatedTerms(KnownTerms):
    """The terms that the states bear themselves: since when the others were known is kept nowhere."""

    def __init__(self) -> None:
        """Read nothing."""

    def complete(self, stated: DiscountTerms) -> DiscountTerms:
        """Return the discount, which bears its terms.

        Raises:
            InvalidWindowError: it does not.
        """
        if stated.duration:
            return stated
        raise InvalidWindowError(
            "known_at cannot be answered: the states of subscriptions name discounts without their terms, and "
            "since when the terms were known is kept nowhere."
        )


def read_terms(scope: Scope, *, known_at: datetime | None = None) -> KnownTerms:
    """Return the terms by which the discounts of a scope are completed."""
    if known_at is not None:
        return StatedTerms()
    return KnownTerms(livemode=scope.livemode, account=scope.account, using=analytics_alias())


def read_changes(
    scope: Scope,
    *,
    before: datetime,
    policy: DiscountPolicy = DiscountPolicy.FOREVER_ONLY,
    known_at: datetime | None = None,
) -> list[Change]:
    """Read every change of MRR in a scope before an instant; ``known_at`` hides what was recorded later."""
    known = read_terms(scope, known_at=known_at)
    return [
        change
        for states in read_standing(scope, before=before, known_at=known_at)
        for change in changes_of(states, before=before, policy=policy, known=known)
    ]


def changes_of(
    states: list[SubscriptionState], *, before: datetime, policy: DiscountPolicy, known: KnownTerms
) -> list[Change]:
    """Return every change of one subscription's MRR before an instant, from the states that stood."""
    customer = states[0].subscription.customer.canonical
    return [
        Change(at=at, customer=customer, minor=minor)
        for at, minor in _steps(states, policy, known)
        if at < before
    ]


def read_mrr(
    scope: Scope,
    *,
    at: datetime,
    policy: DiscountPolicy = DiscountPolicy.FOREVER_ONLY,
    known_at: datetime | None = None,
) -> Mrr:
    """Read the MRR of a scope at an instant; ``known_at`` hides what was recorded later."""
    known = read_terms(scope, known_at=known_at)
    total = Mrr(policy=policy)
    last_instant = at - timedelta.resolution
    for states in read_standing(scope, before=at, known_at=known_at):
        state = states[-1]
        if state.status not in COUNTING:
            continue
        worth = worth_of(state, known, at=last_instant, policy=policy)
        total = replace(
            total,
            minor=total.minor + worth.minor,
            paused_minor=total.paused_minor + (worth.minor if state.pause_collection else 0),
            subscriptions=total.subscriptions + 1,
            excluded_items=total.excluded_items + worth.excluded_items,
            unknown_discounts=total.unknown_discounts + worth.unknown_discounts,
            truncated_subscriptions=total.truncated_subscriptions + state.are_items_truncated,
        )
    return total


def read_standing(
    scope: Scope, *, before: datetime, known_at: datetime | None = None
) -> Iterator[list[SubscriptionState]]:
    """Yield the states of each subscription that stood before an instant, oldest first.

    With ``known_at``: those recorded by then, with their customer as counted then.
    """
    states = stored(SubscriptionState).filter(effective_at__lt=before, **scope.filters)
    if known_at is not None:
        states = states.filter(recorded_at__lte=known_at)
    ordered = states.select_related("subscription__customer").order_by("subscription", "effective_at")
    joined = people_known_at(known_at) if known_at else {}
    for _, told in groupby(ordered.iterator(chunk_size=1000), key=lambda state: state.subscription_id):
        stood = standing(told)
        customer = stood[0].subscription.customer
        customer.canonical = joined.get(customer.key, customer.canonical)
        yield stood


def standing(history: Iterable[SubscriptionState]) -> list[SubscriptionState]:
    """Return the states of one subscription that stood, oldest first: one an instant, none after the end."""
    found: list[SubscriptionState] = []
    by_instant = sorted(history, key=lambda state: state.effective_at)
    for _, told in groupby(by_instant, key=lambda state: state.effective_at):
        found.append(max(told, key=order_of))
        if found[-1].status in FINAL:
            break
    return found


@dataclass(frozen=True, kw_only=True)
class _Terms:
    status: str
    items: tuple[ItemTerms, ...]
    discounts: tuple[DiscountTerms, ...]

    def ends(self) -> set[datetime]:
        """Return when discounts end."""
        stated = [*self.discounts, *(discount for item in self.items for discount in item.discounts)]
        return {discount.ends_at for discount in stated if discount.ends_at}


def _terms_of(state: SubscriptionState, known: KnownTerms) -> _Terms:
    items = [ItemTerms.from_json(each) for each in state.items]
    discounts = [DiscountTerms.from_json(each) for each in state.discounts]
    return _Terms(
        status=state.status,
        items=tuple(replace(item, discounts=known.complete_all(item.discounts)) for item in items),
        discounts=known.complete_all(discounts),
    )


def _steps(
    states: list[SubscriptionState], policy: DiscountPolicy, known: KnownTerms
) -> list[tuple[datetime, int]]:
    """Return by how much one subscription's MRR changed, and when. A discount may end between two states."""
    steps: list[tuple[datetime, int]] = []
    level = 0
    for position, state in enumerate(states):
        terms = _terms_of(state, known)
        until = states[position + 1].effective_at if position + 1 < len(states) else None
        ends = {at for at in terms.ends() if at > state.effective_at and (until is None or at < until)}
        for at in sorted({state.effective_at, *ends}):
            now = _measure(terms, at=at, policy=policy).minor
            if now != level:
                steps.append((at, now - level))
            level = now
    return steps


def worth_of(
    state: SubscriptionState, known: KnownTerms, *, at: datetime, policy: DiscountPolicy
) -> StateMrr:
    """Return what a state is worth a month, as of ``at``."""
    return _measure(_terms_of(state, known), at=at, policy=policy)


def _measure(terms: _Terms, *, at: datetime, policy: DiscountPolicy) -> StateMrr:
    return measure(status=terms.status, items=terms.items, discounts=terms.discounts, at=at, policy=policy)


def mrr_by_customer(changes: Iterable[Change], *, at: datetime) -> dict[Customer, int]:
    """Return each customer's MRR at an instant; a customer without any is left out."""
    levels: defaultdict[Customer, int] = defaultdict(int)
    for change in changes:
        if change.at < at:
            levels[change.customer] += change.minor
    return {customer: minor for customer, minor in levels.items() if minor}


def movements(changes: Iterable[Change], window: Window) -> list[Movement]:
    """Return how each customer's MRR moved on each day of a window: one movement a customer a day.

    Who never had any by the end of a day before is new; who had some once, and none the day before, is back.
    """
    days: defaultdict[Customer, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        days[change.customer][day_of(change.at, window.zone)] += change.minor
    moved = [
        movement
        for customer, by_day in days.items()
        for movement in _of_one_customer(customer, by_day)
        if window.first_day <= movement.day <= window.last_day
    ]
    return sorted(moved, key=lambda movement: (movement.day, movement.customer))


def _of_one_customer(customer: Customer, by_day: Mapping[date, int]) -> list[Movement]:
    moved: list[Movement] = []
    level, was_active = 0, False
    for day, minor in sorted(by_day.items()):
        if minor:
            kind = _kind(before=level, after=level + minor, was_active=was_active)
            moved.append(Movement(day=day, customer=customer, kind=kind, minor=minor))
        level += minor
        was_active = was_active or level > 0
    return moved


def _kind(*, before: int, after: int, was_active: bool) -> Kind:
    if not before:
        return Kind.REACTIVATION if was_active else Kind.NEW
    if not after:
        return Kind.CHURN
    return Kind.EXPANSION if after > before else Kind.CONTRACTION
