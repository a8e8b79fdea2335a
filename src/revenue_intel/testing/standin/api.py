"""The API of the stand-in in one object, for the HTTP routes and for callers in the same process."""

from __future__ import annotations

import logging

from revenue_intel.testing.standin.balance import BalanceDesk
from revenue_intel.testing.standin.catalogue import CatalogueDesk
from revenue_intel.testing.standin.checkout import CheckoutDesk
from revenue_intel.testing.standin.controls import ControlDesk
from revenue_intel.testing.standin.credit_notes import CreditNoteDesk
from revenue_intel.testing.standin.customers import CustomerDesk
from revenue_intel.testing.standin.desk import Desk
from revenue_intel.testing.standin.disputes import DisputeDesk
from revenue_intel.testing.standin.endpoints import EndpointDesk
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.history import HistoryDesk
from revenue_intel.testing.standin.outages import Outages
from revenue_intel.testing.standin.payments import PaymentDesk
from revenue_intel.testing.standin.payouts import PayoutDesk
from revenue_intel.testing.standin.refunds import RefundDesk
from revenue_intel.testing.standin.routes import Route
from revenue_intel.testing.standin.schedule import Job
from revenue_intel.testing.standin.state import State
from revenue_intel.testing.standin.subscriptions import SubscriptionDesk

logger = logging.getLogger(__name__)

_DAY = 24 * 60 * 60


class Api(
    SubscriptionDesk,
    CreditNoteDesk,
    CheckoutDesk,
    PaymentDesk,
    RefundDesk,
    DisputeDesk,
    PayoutDesk,
    BalanceDesk,
    CatalogueDesk,
    CustomerDesk,
    EndpointDesk,
    ControlDesk,
    HistoryDesk,
):
    """Everything that can be done with the stand-in, without HTTP: one desk a resource.

    Methods take native values and return copies. Errors are
    :class:`~revenue_intel.testing.standin.faults.ApiFault`, and ``CardDeclined`` where a card is.
    """

    def __init__(self, state: State) -> None:
        """Work on ``state``, and do what is due there."""
        super().__init__(state)
        self.outages = Outages()
        state.kinds = tuple(kind for desk in _DESKS for kind in desk.KINDS)
        state.perform = self._perform
        if state.terms.daily_payouts:
            state.later(_DAY - state.now() % _DAY, "_pay_out_today")

    def _perform(self, job: Job) -> None:
        try:
            getattr(self, job.call)(**job.arguments)
        except ApiFault as fault:  # nobody waits for the answer
            logger.warning("%s did not happen: %s", job.call, fault)


_DESKS: tuple[type[Desk], ...] = tuple(
    desk for desk in Api.__mro__ if issubclass(desk, Desk) and "ROUTES" in vars(desk)
)

#: Everything that can be asked for over HTTP.
ROUTES: tuple[Route, ...] = tuple(route for desk in _DESKS for route in desk.ROUTES)
