"""What a refund's form may say."""

from __future__ import annotations

from typing import Any

from django import forms

from revenue_intel.exceptions import InexactAmountError
from revenue_intel.kit.money import to_minor
from revenue_intel.orders.refunding import REASONS


class RefundForm(forms.Form):
    """An amount in major units, empty for all that is left; why; and the key by which the same form is one refund."""

    amount = forms.DecimalField(required=False, max_digits=15, min_value=0)
    reason = forms.ChoiceField(required=False, choices=[(reason, reason) for reason in REASONS])
    key = forms.CharField(max_length=200)

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        """Take the currency whose minor units the amount is turned into."""
        super().__init__(*args, **options)
        self.currency = currency

    def clean_amount(self) -> int | None:
        """Turn it into minor units."""
        amount = self.cleaned_data["amount"]
        try:
            return None if amount is None else to_minor(amount, self.currency)
        except InexactAmountError as error:
            raise forms.ValidationError(str(error)) from error

    def as_arguments(self) -> dict[str, Any]:
        """Return the arguments of ``refund``."""
        return {
            "amount_minor": self.cleaned_data["amount"],
            "reason": self.cleaned_data["reason"],
            "key": self.cleaned_data["key"],
        }
