"""Signals for hosts. We send them after commit and never receive our own."""

from __future__ import annotations

from django.dispatch import Signal

#: An order was settled. Arguments: ``reference`` (str), ``state`` (``OrderState``).
order_settled = Signal()
#: A payment was kept but its order cannot be filled. Arguments: ``reference``, ``error``.
order_unfulfillable = Signal()
#: A refund changed what was refunded on an order. Arguments: ``reference``, ``refund_id``.
order_refunded = Signal()
#: A payment of an order was started. Arguments: ``reference``, ``payment`` (the Checkout Session's or PaymentIntent's id).
payment_started = Signal()
#: An order that was not paid was canceled. Arguments: ``reference``, ``actor`` (as in the audit log).
order_canceled = Signal()
#: An order was marked as sent. Arguments: ``reference``, ``actor`` (as in the audit log).
order_fulfilled = Signal()
