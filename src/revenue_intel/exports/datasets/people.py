"""E-mail addresses from the identity table, which alone holds them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from revenue_intel.facts.models import Customer


def emails_of(people: Collection[UUID]) -> dict[UUID, str]:
    """Return the address of each person who has one, by canonical key.

    The person's own row speaks first; else the row of the lowest key that turned out to be them.
    """
    found: dict[UUID, str] = {}
    for key, canonical, email in (
        Customer.objects.filter(canonical__in=people)
        .exclude(email="")
        .order_by("key")
        .values_list("key", "canonical", "email")
    ):
        if key == canonical:
            found[canonical] = email
        else:
            found.setdefault(canonical, email)
    return found
