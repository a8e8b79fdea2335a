"""Identifiers that look like Stripe's: a prefix per kind and a random tail."""

from __future__ import annotations

import random
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits

#: Kind → (what every identifier of the kind begins with, length of the random tail).
_SHAPES = {
    "payment_intent": ("pi_3", 23),
    "charge": ("ch_3", 23),
    "refund": ("re_3", 23),
    "checkout.session": ("cs_test_a1", 56),
    "customer": ("cus_", 14),
    "event": ("evt_1", 23),
    "payment_method": ("pm_1", 23),
    "item": ("li_1", 23),
    "price": ("price_1", 23),
    "product": ("prod_", 14),
    "balance_transaction": ("txn_3", 23),
    "webhook_endpoint": ("we_1", 23),
    "dispute": ("dp_1", 23),
    "payout": ("po_1", 23),
    "coupon": ("", 8),
    "discount": ("di_1", 23),
    "subscription": ("sub_1", 23),
    "subscription_item": ("si_", 14),
    "invoice": ("in_1", 23),
    "line_item": ("il_1", 23),
    "invoiceitem": ("ii_1", 23),
    "invoice_payment": ("inpay_1", 23),
    "credit_note": ("cn_1", 23),
    "credit_note_line_item": ("cnli_1", 23),
    "bank_account": ("ba_1", 23),
    "invoice_line": ("il_1", 23),
    "request": ("req_", 14),
    "secret": ("", 25),
}


class IdSource:
    """A source of identifiers: unguessable, or repeatable when a seed is given."""

    def __init__(self, seed: int | None = None) -> None:
        """Draw from the operating system, or from ``seed``."""
        self._random: random.Random = (
            secrets.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 - not a secret
        )

    def new(self, kind: str) -> str:
        """Return a new identifier of a kind, for example ``pi_3…`` for ``payment_intent``."""
        prefix, length = _SHAPES[kind]
        return prefix + "".join(self._random.choices(_ALPHABET, k=length))
