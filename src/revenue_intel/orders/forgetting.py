"""Forget a person, wherever we keep them: names among the facts, bodies among the events. Money stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from revenue_intel.audit.services import record_action
from revenue_intel.exceptions import CustomerNotFoundError
from revenue_intel.facts import erasure, identity
from revenue_intel.facts.models import Customer, CustomerLink, OrderFact, PaymentFact
from revenue_intel.kit import transactions
from revenue_intel.webhooks import retention
from revenue_intel.webhooks.models import StripeEvent

NO_TRACES: Final = erasure.Traces(emails=frozenset(), ids=frozenset())


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """What was erased: the number that remains, and the bodies that were dropped and that had to be kept.

    ``number`` is None where nothing was changed.
    """

    number: int | None
    bodies: int
    bodies_kept: int


def keep_forgotten(fact: OrderFact, payment: PaymentFact, *, event_id: str) -> None:
    """See to it that a payment of somebody who has been forgotten is known as theirs, and its event keeps no body.

    By its body alone the event may be nobody's: only the order says whose it is. Nothing is done for the living.
    """
    if fact.customer is None or fact.customer.erased_number is None:
        return
    erasure.bury_things(fact.customer, [payment.payment_intent, payment.charge])
    retention.drop_bodies(StripeEvent.objects.filter(event_id=event_id).values_list("pk", flat=True))


def forget_customer(
    *,
    email: str = "",
    user_id: str = "",
    stripe_customer_id: str = "",
    actor: str,
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Forgotten:
    """Forget the person known by one of these names, all of them theirs. Safe to run again.

    Whoever never bought is named by the bodies of events alone, and is forgotten all the same. Identity goes first and at once; bodies follow a batch at a time. The bodies of events that are not applied
    are kept, because their money is nowhere else: run it again when they are.

    Args:
        email: an e-mail address.
        user_id: the host's user id.
        stripe_customer_id: a customer id at Stripe.
        actor: who asks, for the audit log.
        dry_run: change nothing, only say how much it would be.
        progress: called with how many events have been read.

    Raises:
        CustomerNotFoundError: nobody is known by any of these names.
    """
    names = identity.names_of(user_id=user_id, stripe_customer_id=stripe_customer_id, email=email)
    person = identity.find_person(names)
    if person is None:
        mentions = _find_mentions(names, NO_TRACES, progress=progress)
        if dry_run and (mentions.settled or mentions.unsettled):
            return Forgotten(number=None, bodies=len(mentions.settled), bodies_kept=mentions.unsettled)
        person = _meet(names) if mentions.settled or mentions.unsettled else None
    if person is None:
        raise CustomerNotFoundError
    traces = erasure.find_traces(canonical=person.canonical)
    number = (
        None if dry_run else erasure.erase_person(canonical=person.canonical, names=names, things=traces.ids)
    )
    mentions = _find_mentions(names, traces, progress=progress)
    if number is not None:
        for start in range(0, len(mentions.settled), retention.BATCH):
            retention.drop_bodies(mentions.settled[start : start + retention.BATCH])
        record_action(
            actor=actor,
            action="customer.forgotten",
            subject=f"erased-{number}",
            detail={"bodies": len(mentions.settled), "bodies_kept": mentions.unsettled},
        )
    return Forgotten(number=number, bodies=len(mentions.settled), bodies_kept=mentions.unsettled)


def _meet(names: list[erasure.Name]) -> Customer | None:
    """Make the customer of whom there are bodies and no order, so that there is somebody to forget."""
    known = dict(names)
    return transactions.run(
        partial(
            identity.identify,
            stripe_customer_id=known.get(CustomerLink.Kind.STRIPE, ""),
            email=known.get(CustomerLink.Kind.EMAIL, ""),
        )
    )


def _find_mentions(
    names: list[erasure.Name], traces: erasure.Traces, *, progress: Callable[[int], None] | None
) -> retention.Mentions:
    """Find the events whose body names the person: by one of the names given, or by a trace."""
    named = [(kind, value) for kind, value in names if "\x00" not in value]
    return retention.find_mentions(
        texts=traces.emails | {value for kind, value in named if kind == CustomerLink.Kind.EMAIL},
        values=traces.ids | {value for kind, value in named if kind == CustomerLink.Kind.STRIPE},
        progress=progress,
    )
