"""Read issues."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db.models import QuerySet

from revenue_intel.issues.models import Issue

#: The issue about a payment that names no order that we know.
WITHOUT_ORDER: Final = "payment_without_order"
#: Issues about money that was kept and belongs to no order; their subject is the PaymentIntent.
UNCLAIMED_KINDS: Final = (WITHOUT_ORDER, "payment_mismatch", "order_paid_twice")


def open_issues(*, kinds: Collection[str] | None = None) -> QuerySet[Issue]:
    """Return the open issues, newest first; only of ``kinds`` where given."""
    found = Issue.objects.filter(status=Issue.Status.OPEN)
    return found if kinds is None else found.filter(kind__in=kinds)
