"""Payments and the events that bring them: each has its order, and none is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, Subquery

from revenue_intel.conf import settings as conf
from revenue_intel.facts.models import OrderFact, PaymentFact
from revenue_intel.issues.models import Issue
from revenue_intel.issues.selectors import UNCLAIMED_KINDS, WITHOUT_ORDER, open_issues
from revenue_intel.kit import clock
from revenue_intel.quality.base import Check, Finding
from revenue_intel.webhooks.models import StripeEvent


def _payments_without_order() -> Iterator[Finding]:
    """Yield the succeeded payments, of the mode that this shop takes, that paid for no order.

    Settlement has said of most of them why; the finding is then the issue that it has opened.
    """
    paid_order = OrderFact.objects.filter(reference=OuterRef("order_reference"), paid_at__isnull=False)
    said = open_issues(kinds=UNCLAIMED_KINDS).filter(subject=OuterRef("payment_intent"))
    lost = PaymentFact.objects.filter(~Exists(paid_order), status=PaymentFact.Status.SUCCEEDED).annotate(
        reason=Subquery(said.order_by("pk").values("kind")[:1])
    )
    livemode = conf.find_livemode()
    if livemode is not None:
        lost = lost.filter(Q(livemode=livemode) | Q(reason=WITHOUT_ORDER))
    for payment in lost.order_by("payment_intent").iterator(chunk_size=1000):
        yield Finding(
            subject=payment.payment_intent,
            message=f"Payment {payment.payment_intent} has no paid order",
            detail={
                "amount_minor": payment.amount_minor,
                "currency": payment.currency,
                "claimed_reference": payment.claimed_reference,
            },
            kind=payment.reason or WITHOUT_ORDER,
        )


def _events_failed() -> Iterator[Finding]:
    failed = StripeEvent.objects.filter(outcome=StripeEvent.Outcome.FAILED).order_by("pk")
    for event in failed.defer("body").iterator(chunk_size=1000):
        rest = ", and is not tried any more" if event.dead_at else ""
        yield Finding(
            subject=event.event_id,
            message=f"{event.type} {event.event_id} could not be applied{rest}",
            detail={"type": event.type, "failures": event.failures},
        )


def _events_waiting() -> Iterator[Finding]:
    waiting = StripeEvent.objects.filter(
        outcome__in=[StripeEvent.Outcome.RECEIVED, StripeEvent.Outcome.PARKED],
        received_at__lt=clock.now() - timedelta(hours=conf.EVENT_PATIENCE_HOURS),
    ).order_by("pk")
    for event in waiting.defer("body").iterator(chunk_size=1000):
        cause = f"waits for {event.waiting_for}" if event.waiting_for else "was stored and never processed"
        yield Finding(
            subject=event.event_id,
            message=f"{event.type} {event.event_id} {cause}",
            detail={"type": event.type, "waiting_for": event.waiting_for},
        )


PAYMENTS = Check(
    slug="payment-without-order",
    title="Every succeeded payment has a paid order",
    severity=Issue.Severity.ERROR,
    run=_payments_without_order,
    issue_kind=WITHOUT_ORDER,
)
FAILED = Check(
    slug="events-failed",
    title="No stored event failed to be applied",
    severity=Issue.Severity.ERROR,
    run=_events_failed,
)
WAITING = Check(
    slug="events-waiting",
    title="No stored event has waited for too long",
    severity=Issue.Severity.WARNING,
    run=_events_waiting,
)
