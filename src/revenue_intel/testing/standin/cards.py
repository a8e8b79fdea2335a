"""Stripe's test payment methods, as far as the stand-in knows them: which pay, and what others do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Decline:
    """Why a bank says no, in Stripe's words."""

    code: str
    message: str
    decline_code: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a test card does.

    Attributes:
        brand: the network.
        last4: the last digits.
        decline: why every payment with it fails; None when it pays.
        refund_status: what its refunds start as.
        refund_fails: whether its refunds fail right after they were made.
        delayed: whether it is a bank debit, which pays, or is declined, days later.
        asks: whether the bank wants to see the customer first (3-D Secure).
    """

    brand: str = "visa"
    last4: str = "4242"
    decline: Decline | None = None
    refund_status: str = "succeeded"
    refund_fails: bool = False
    delayed: bool = False
    asks: bool = False


def _declined(reason: str, last4: str, message: str = "Your card was declined.") -> Card:
    return Card(last4=last4, decline=Decline(code="card_declined", message=message, decline_code=reason))


def _refused(code: str, last4: str, message: str) -> Card:
    return Card(last4=last4, decline=Decline(code=code, message=message, decline_code=code))


_NO_FUNDS = _declined("insufficient_funds", "9995", "Your card has insufficient funds.")
_GENERIC = _declined("generic_decline", "0002")

#: Payment method token → card, or bank account.
CARDS = {
    "pm_card_visa": Card(),
    "pm_card_visa_debit": Card(last4="5556"),
    "pm_card_mastercard": Card(brand="mastercard", last4="4444"),
    "pm_card_amex": Card(brand="amex", last4="8431"),
    "pm_card_discover": Card(brand="discover", last4="1117"),
    "pm_card_pendingRefund": Card(last4="7726", refund_status="pending"),
    "pm_card_refundFail": Card(last4="5126", refund_fails=True),
    "pm_card_authenticationRequired": Card(last4="3184", asks=True),
    "pm_usBankAccount_success": Card(brand="", last4="6789", delayed=True),
    "pm_usBankAccount_insufficientFunds": Card(
        brand="",
        last4="2222",
        delayed=True,
        decline=Decline(
            code="insufficient_funds",
            message="The customer's account has insufficient funds to cover this payment.",
            decline_code="insufficient_funds",
        ),
    ),
    "pm_card_chargeDeclined": _GENERIC,
    "pm_card_visa_chargeDeclined": _GENERIC,
    "pm_card_chargeCustomerFail": _GENERIC,
    "pm_card_chargeDeclinedInsufficientFunds": _NO_FUNDS,
    "pm_card_visa_chargeDeclinedInsufficientFunds": _NO_FUNDS,
    "pm_card_visa_chargeDeclinedLostCard": _declined("lost_card", "9987"),
    "pm_card_visa_chargeDeclinedStolenCard": _declined("stolen_card", "9979"),
    "pm_card_chargeDeclinedFraudulent": _declined("fraudulent", "0019"),
    "pm_card_chargeDeclinedExpiredCard": _refused("expired_card", "0069", "Your card has expired."),
    "pm_card_chargeDeclinedIncorrectCvc": _refused(
        "incorrect_cvc", "0127", "Your card's security code is incorrect."
    ),
    "pm_card_chargeDeclinedProcessingError": _refused(
        "processing_error", "0119", "An error occurred while processing your card. Try again in a little bit."
    ),
}
