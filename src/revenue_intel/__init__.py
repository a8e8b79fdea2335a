"""Revenue intelligence for a Django shop: Stripe events in, true numbers out."""

from __future__ import annotations

__version__ = "0.1.0.dev0"
