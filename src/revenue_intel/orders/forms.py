"""What a refund's form may say."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms

from revenue_intel.exceptions import InexactAmountError
from revenue_intel.kit.money import to_minor
from revenue_intel.orders.refunding import REASONS

#: An amount as people write it; nothing else that a number can be read from, such as 1e3 or other scripts' digits.
AMOUNT: Final = re.compile(r"\d+(\.\d+)?|\.\d+", re.ASCII)


class AmountField(forms.DecimalField):
    """An amount in major units, in plain digits."""

    def to_python(self, value: Any) -> Any:
        """Refuse every other way to write a number."""
        if value not in self.empty_values and not AMOUNT.fullmatch(str(value).strip()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class RefundForm(forms.Form):
    """An amount in major units, empty for all that is left; why; and the key by which the same form is one refund."""

    amount = AmountField(required=False, max_digits=15, min_value=0)
    reason = forms.ChoiceField(required=False, choices=[(reason, reason) for reason in REASONS])
    key = forms.CharField(
        max_length=200,
        error_messages={
            "required": "The form has no key, by which a refund that is sent twice is made once."
        },
    )

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
