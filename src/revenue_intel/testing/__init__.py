"""What we ship for tests: signed events, payload factories, the Stripe stand-in.

Usable by any Django project's tests; nothing here imports this package's domain rooms.
"""

from __future__ import annotations

from revenue_intel.testing.signing import SignedEvent, sign, signed_event

__all__ = ["SignedEvent", "sign", "signed_event"]
