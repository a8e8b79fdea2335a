"""The local Stripe stand-in: an HTTP server on loopback that speaks the part of Stripe's API we use."""

from __future__ import annotations

from revenue_intel.testing.standin.delivery import Delivery
from revenue_intel.testing.standin.faults import ApiFault, CardDeclined
from revenue_intel.testing.standin.refusal import StandinRefused
from revenue_intel.testing.standin.standin import Standin
from revenue_intel.testing.standin.terms import Terms

__all__ = ["ApiFault", "CardDeclined", "Delivery", "Standin", "StandinRefused", "Terms"]
