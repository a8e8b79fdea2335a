"""What customers type, checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.contrib.auth.models import User
from django.db.models import Q

from shop.models import Currency, Order, Product, Variant
from shop.models.carts import QUANTITY_MAXIMUM, QUANTITY_MINIMUM

QUANTITY_ERROR = f"Enter a whole number from {QUANTITY_MINIMUM} to {QUANTITY_MAXIMUM}."


def quantity_field(**options: Any) -> forms.IntegerField:
    """How many pieces: bounded, with one message for every way to get it wrong."""
    messages = dict.fromkeys(["invalid", "min_value", "max_value", "required"], QUANTITY_ERROR)
    return forms.IntegerField(
        min_value=QUANTITY_MINIMUM, max_value=QUANTITY_MAXIMUM, error_messages=messages, **options
    )


class SearchForm(forms.Form):
    """The search box and the category links."""

    q = forms.CharField(label="Search the shop", max_length=80, required=False)
    category = forms.ChoiceField(choices=[("", "All"), *Product.Category.choices], required=False)


class CurrencyForm(forms.Form):
    """The currency switch of the header."""

    currency = forms.ChoiceField(choices=Currency.choices)


class QuantityForm(forms.Form):
    """The number on a cart line."""

    quantity = quantity_field()


class AddToCartForm(forms.Form):
    """The product page: which variant, how many."""

    variant = forms.ModelChoiceField(
        queryset=Variant.objects.none(),
        to_field_name="sku",
        error_messages={
            "required": "Choose one of the options.",
            "invalid_choice": "There is no such option.",
        },
    )
    quantity = quantity_field(initial=1)

    def __init__(self, *args: Any, product: Product, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        variants = product.variants.all()
        if variants:
            self.fields["variant"].queryset = variants  # type: ignore[attr-defined]
        else:
            del self.fields["variant"]


class DeliveryForm(forms.ModelForm):
    """Where the parcel goes."""

    COUNTRIES = ["United Kingdom", "Ireland", "France", "Germany", "Netherlands", "United States", "Canada"]

    country = forms.ChoiceField(choices=[(country, country) for country in COUNTRIES])

    class Meta:
        model = Order
        fields = ["name", "address", "city", "postcode", "country"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "address": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "postcode": forms.TextInput(attrs={"autocomplete": "postal-code"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = True


class SeenTotalForm(forms.Form):
    """The total the customer confirmed, sent back to notice a change of price."""

    seen_total = forms.DecimalField(max_digits=12, decimal_places=2)


class VoucherForm(forms.Form):
    """The box for a voucher on the checkout page."""

    voucher = forms.CharField(max_length=40, required=False)


class StaffFilterForm(forms.Form):
    """The filter of the staff order list."""

    status = forms.ChoiceField(choices=[("", "All"), *Order.Status.choices], required=False)


class LogInForm(AuthenticationForm):
    """Log in with an e-mail address, or with the user name of a member of staff."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address or user name"

    def clean_username(self) -> str:
        """Find the account of an address, whatever its capitals; staff accounts are not named by theirs."""
        username: str = self.cleaned_data["username"]
        if "@" not in username or User.objects.filter(username=username.lower()).exists():
            return username.lower() if "@" in username else username
        named = list(User.objects.filter(email__iexact=username).values_list("username", flat=True)[:2])
        return str(named[0]) if len(named) == 1 else username.lower()


class SignUpForm(BaseUserCreationForm):
    """Open an account: the e-mail address is the user name."""

    email = forms.EmailField(
        label="E-mail address", max_length=150, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    first_name = forms.CharField(
        label="Name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    class Meta:
        model = User
        fields = ["first_name", "email"]

    def clean_email(self) -> str:
        """One account an address, whatever its capitals."""
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(Q(username=email) | Q(email__iexact=email)).exists():
            raise forms.ValidationError("There is an account with this address. Log in instead.")
        return email

    def save(self, commit: bool = True) -> User:
        """Create the user, named by the address."""
        self.instance.username = self.cleaned_data["email"]
        user: User = super().save(commit=commit)
        return user
