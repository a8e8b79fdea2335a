"""Signals for hosts. We send them after commit and never receive our own."""

from __future__ import annotations

from django.dispatch import Signal

#: An order was settled. Arguments: ``reference`` (str), ``state`` (``OrderState``).
order_settled = Signal()
#: A payment was kept but its order cannot be filled. Arguments: ``reference``, ``error``.
order_unfulfillable = Signal()
#: A refund changed what was refunded on an order. Arguments: ``reference``, ``refund_id``.
order_refunded = Signal()
