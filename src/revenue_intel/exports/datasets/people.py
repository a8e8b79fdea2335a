"""E-mail addresses from the identity table, which alone holds them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from revenue_intel.facts.models import Customer
from revenue_intel.kpis.databases import stored


def emails_of(people: Collection[UUID]) -> dict[UUID, str]:
    """Return the address of each person who has one, by canonical key.

    The person's own row speaks first; else the row of the lowest key that turned out to be them. Whoever has been
    forgotten is shown by number.
    """
    found: dict[UUID, str] = {}
    for key, canonical, email, number in (
        stored(Customer)
        .filter(canonical__in=people)
        .exclude(email="", erased_number__isnull=True)
        .order_by("key")
        .values_list("key", "canonical", "email", "erased_number")
    ):
        if number is not None:
            found[canonical] = f"erased-{number}"
        elif key == canonical:
            found[canonical] = email
        else:
            found.setdefault(canonical, email)
    return found
