"""Every setting: name, type, default, unit, source.

Read late, never at import: ``from revenue_intel.conf import settings as conf`` and then
``conf.CURRENCY``. A host sets ``REVENUE_INTEL_CURRENCY`` in its Django settings.
Each is described in ``docs/reference/settings.md`` (a test asks for it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from django.conf import settings as django_settings

PREFIX: Final = "REVENUE_INTEL_"
_UNSET: Final = object()
LIVE_PREFIXES: Final = ("sk_live_", "rk_live_")
TEST_PREFIXES: Final = ("sk_test_", "rk_test_")


class Settings:
    """Annotated defaults; an attribute of the same name in Django's settings, prefixed, wins."""

    #: Dotted path of the host's ``ShopAdapter`` class. Empty: KPIs come from Stripe facts alone.
    SHOP: str = ""
    #: Secret key for calls to Stripe. Empty: payments cannot be started; webhooks still work.
    STRIPE_SECRET_KEY: str = ""
    #: Base address of Stripe's API. Empty: Stripe itself. The local stand-in's address in development.
    STRIPE_API_BASE: str = ""
    #: Signing secrets of the webhook endpoint, all of them live (rotation). Empty: the endpoint is off (404).
    STRIPE_WEBHOOK_SECRETS: Sequence[str] = ()
    #: More endpoints, by name: ``{"connect": {"secrets": [...], "livemode": True, "connect": True}}``.
    STRIPE_ENDPOINTS: Mapping[str, Mapping[str, Any]] = {}
    #: Dotted paths into an event's object that are made null before it is stored: ``billing_details.name``.
    REDACT_FIELDS: Sequence[str] = ()
    #: Key of the digests by which erased people are known again. Empty: ``SECRET_KEY``.
    ERASURE_KEY: str = ""
    #: Greatest age, and greatest lead, of a webhook signature, in seconds.
    STRIPE_WEBHOOK_TOLERANCE_SECONDS: int = 300
    #: Largest webhook body accepted, in bytes.
    STRIPE_WEBHOOK_MAX_BYTES: int = 1_048_576
    #: How long a payment page stays open, and stock is held for it, in seconds: from 31 minutes to a day.
    PAYMENT_WINDOW_SECONDS: int = 3600
    #: True: a payment whose order cannot be filled is given back at once. False: a person decides.
    REFUND_UNFULFILLABLE: bool = False
    #: True: only live money settles orders; False: only test money; None: that of the secret key, without one both.
    LIVEMODE: bool | None = None
    #: Zone in which a day begins and ends: a ``zoneinfo`` name.
    TIME_ZONE: str = "UTC"
    #: Currency of KPIs and exports where none is asked for: lower-case code.
    CURRENCY: str = "gbp"
    #: Alias of the database that KPIs, exports and the dashboard are read from, such as a replica. Empty: as Django routes.
    ANALYTICS_DATABASE: str = ""
    #: Currency that all currencies are put together in, at the host's rates. Empty: they never are.
    REPORTING_CURRENCY: str = ""
    #: Dotted path of ``rate(currency, day) -> Decimal | None``, in major units of the reporting currency.
    EXCHANGE_RATES: str = ""
    #: Windows that KPIs and exports offer, in calendar days.
    WINDOWS_DAYS: Sequence[int] = (7, 30, 90)
    #: ``inline``: effects within the webhook request. ``deferred``: by ``revenue_process_events``.
    EVENT_PROCESSING: Literal["inline", "deferred"] = "inline"
    #: Who is handed a deferred event: nobody (workers poll), ``tasks`` (Django's Tasks) or ``celery``.
    EVENT_QUEUE: Literal["", "tasks", "celery"] = ""
    #: After so many failed attempts workers leave an event alone: it is dead until it is replayed or sent again.
    EVENT_MAX_ATTEMPTS: int = 16
    #: Hours that an event may wait for its turn or for its subject before ``run_checks`` reports it.
    EVENT_PATIENCE_HOURS: int = 1
    #: URL name, taking the order's reference, where a customer returns after paying. Empty: our own page.
    RETURN_URL: str = ""

    def __getattribute__(self, name: str) -> Any:
        """Look in Django's settings under the prefix first."""
        if not name.isupper():
            return super().__getattribute__(name)
        value = getattr(django_settings, PREFIX + name, _UNSET)
        return super().__getattribute__(name) if value is _UNSET else value

    def find_livemode(self) -> bool | None:
        """Return the mode of the money that settles orders: as it is set, or else that of the secret key.

        None: neither says, and both modes do.
        """
        key = str(self.STRIPE_SECRET_KEY or "")
        if self.LIVEMODE is None and key.startswith(LIVE_PREFIXES + TEST_PREFIXES):
            return key.startswith(LIVE_PREFIXES)
        return self.LIVEMODE


settings = Settings()
