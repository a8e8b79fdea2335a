"""Correct stock in the admin: by the ledger of revenue-intel, so that no counter drifts from its movements."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms

from revenue_intel.shop import StockRow
from revenue_intel.stock import services as stock

FIELD = "stock"


class StockForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own class takes none
    """The form of a row with stock. A number that nobody touched is left to the sales that go on meanwhile.

    Valid only within a transaction: the row stays locked until it is saved.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields[FIELD].show_hidden_initial = True  # what the page showed comes back with the form

    def clean(self) -> dict[str, Any]:
        """Refuse a correction of a number that is no longer there."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance.pk:
            return cleaned
        rows = type(self.instance)._base_manager.select_for_update(no_key=True)
        self.pieces = rows.filter(pk=self.instance.pk).values_list(FIELD, flat=True).get()
        if FIELD not in self.changed_data:
            cleaned[FIELD] = self.pieces
        elif self.data.get(self.add_initial_prefix(FIELD)) != str(self.pieces):
            self.add_error(FIELD, f"There are {self.pieces} now. Look at the number again.")
        return cleaned

    def correct(self, *, by: str) -> None:
        """Write the correction, if there is one, to the ledger and to the row; to be called before the row is saved."""
        if not self.instance.pk or FIELD not in self.changed_data:
            return
        stock.adjust(
            row=StockRow(model=type(self.instance), pk=self.instance.pk, field=FIELD),
            expected=self.pieces,
            new=self.cleaned_data[FIELD],
            key=uuid4().hex,
            reason=f"corrected by {by}",
        )
