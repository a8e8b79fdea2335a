"""Links by which somebody without an account reaches one order: signed, and good for a month."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.core import signing
from django.urls import reverse
from django.utils.http import urlencode

#: The parameter of a link that carries the signature.
PARAMETER: Final = "key"
#: How long a link is good for.
AGE: Final = timedelta(days=30)
SALT: Final = "revenue_intel.orders.links"


def guest_path(reference: str) -> str:
    """Return the path of an order's page for whoever holds this link: send it to the order's own address only."""
    key = signing.dumps(reference, salt=SALT)
    return f"{reverse('payments:return', args=[reference])}?{urlencode({PARAMETER: key})}"


def opens(key: str, *, reference: str) -> bool:
    """Say whether a link's key is ours, not too old, and of this order."""
    try:
        return bool(key) and signing.loads(key, salt=SALT, max_age=AGE) == reference
    except signing.BadSignature:
        return False
