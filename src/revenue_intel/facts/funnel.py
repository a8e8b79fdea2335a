"""Record the steps of the funnel."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from revenue_intel.facts.identity import identify
from revenue_intel.facts.models import Customer, FunnelStep


@transaction.atomic
def record_step(*, step: str, at: datetime, subject: str, user_id: str = "", email: str = "") -> FunnelStep:
    """Record that a customer wishlisted, carted or started checkout. The same step again changes nothing.

    Args:
        step: a value of :class:`FunnelStep.Step`.
        at: when (aware).
        subject: what it was about, such as a product's key.
        user_id: the host's key of the user, where logged in.
        email: else the e-mail address.

    Raises:
        ValueError: the step is unknown, or neither ``user_id`` nor ``email`` is given.
    """
    customer: Customer | None = identify(user_id=user_id, email=email)
    if customer is None:
        raise ValueError("record_step needs a user_id or an email: an anonymous step belongs to nobody.")
    found, _ = FunnelStep.objects.get_or_create(
        customer=customer, step=FunnelStep.Step(step), subject=subject[:255], at=at
    )
    return found
