"""The signs of the movements: one table for hosts with one field and for hosts with two.

=====================  ====================  =====================
kind                   one field: available  two: on hand / reserved
=====================  ====================  =====================
opening                what it held          what they held
receive, restock       plus                  plus / 0
restock undone         minus                 minus / 0
reserve                minus                 0 / plus
release, expire        plus                  0 / minus
commit after reserve   0                     minus / minus
commit at once         minus                 minus / 0
adjust                 either                either / 0
preorder               0                     0 / 0
=====================  ====================  =====================

``held`` is counted for hosts with one field too: that is how an order's reservation is known.
"""

from __future__ import annotations

from revenue_intel.stock.models import StockMovement

Kind = StockMovement.Kind


def sign(kind: StockMovement.Kind, pieces: int, *, has_two_fields: bool, held: int = 0) -> tuple[int, int]:
    """Return (quantity, held): how a movement of so many pieces changes the field and what is held.

    Args:
        kind: any but ``opening`` and ``adjust``, which say themselves what they change.
        pieces: how many it speaks of.
        has_two_fields: on hand and reserved, instead of available alone.
        held: of a commit: how many of its pieces the order holds already.
    """
    if kind in (Kind.RECEIVE, Kind.RESTOCK):
        return pieces, 0
    if kind is Kind.RESERVE:
        return (0 if has_two_fields else -pieces), pieces
    if kind in (Kind.RELEASE, Kind.EXPIRE):
        return (0 if has_two_fields else pieces), -pieces
    if kind is Kind.COMMIT:
        return -(pieces if has_two_fields else pieces - held), -held
    return 0, 0
