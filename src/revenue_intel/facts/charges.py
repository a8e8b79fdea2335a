"""Record charges: how far each came, and why. Their money is the payment's."""

from __future__ import annotations

from django.forms.models import model_to_dict

from revenue_intel.facts import locks
from revenue_intel.facts.models import ChargeFact

_RANK = {status: rank for rank, status in enumerate(ChargeFact.Status)}
#: What a later event may add, and none takes away.
_GROWING = (
    "payment_intent", "captured_minor", "balance_transaction", "failure_code", "outcome_type", "outcome_reason",
)  # fmt: skip


def record_charge(news: ChargeFact) -> ChargeFact:
    """Record what an event says of a charge, given as an unsaved row. Idempotent, in any order."""
    charge = locks.lock_charge(news)
    before = model_to_dict(charge)
    if _RANK[ChargeFact.Status(news.status)] > _RANK[ChargeFact.Status(charge.status)]:
        charge.status = news.status
    for name in _GROWING:
        setattr(charge, name, max(getattr(charge, name), getattr(news, name)))
    if model_to_dict(charge) != before:
        charge.save()
    return charge
