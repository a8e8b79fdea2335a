"""Charges: they post nothing. A charge's cumulative refunded amount is a checksum on its refunds."""

from __future__ import annotations

from revenue_intel.facts import selectors as facts
from revenue_intel.handlers import fields
from revenue_intel.webhooks.registry import Event, Result, applied, parked


def refunded(event: Event) -> Result:
    """``charge.refunded``: wait until the refunds it speaks of are here; then there is nothing left to do."""
    charge = fields.required_id(event.object)
    if fields.minor(event.object, "amount_refunded") > facts.sum_refunds_ever(charge=charge):
        return parked(f"refunds:{charge}")
    return applied()
