"""The API of the stand-in in one object, for the HTTP routes and for callers in the same process."""

from __future__ import annotations

from revenue_intel.testing.standin.checkout import CheckoutDesk
from revenue_intel.testing.standin.customers import CustomerDesk
from revenue_intel.testing.standin.history import HistoryDesk
from revenue_intel.testing.standin.refunds import RefundDesk


class Api(CheckoutDesk, RefundDesk, CustomerDesk, HistoryDesk):
    """Everything that can be done with the stand-in, without HTTP.

    Methods take native values and return copies. Errors are
    :class:`~revenue_intel.testing.standin.faults.ApiFault`, and ``CardDeclined`` where a card is.
    """
