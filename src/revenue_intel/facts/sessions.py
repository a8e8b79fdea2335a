"""Record Checkout Sessions: which order each is for, which payment it made, whether it can still be paid on."""

from __future__ import annotations

from typing import Final

from django.forms.models import model_to_dict

from revenue_intel.facts import locks
from revenue_intel.facts.models import CheckoutSessionFact

#: Column → its values, weakest first.
_RANKS: Final = {
    "status": CheckoutSessionFact.Status.values,
    "payment_status": CheckoutSessionFact.PaymentStatus.values,
}


def record_session(news: CheckoutSessionFact) -> CheckoutSessionFact:
    """Record what an event says of a session, given as an unsaved row. Idempotent, in any order."""
    session = locks.lock_session(news)
    before = model_to_dict(session)
    for name, ranks in _RANKS.items():
        setattr(session, name, max(getattr(session, name), getattr(news, name), key=ranks.index))
    session.payment_intent = max(session.payment_intent, news.payment_intent)
    session.order_reference = max(session.order_reference, news.order_reference)
    if model_to_dict(session) != before:
        session.save()
    return session
