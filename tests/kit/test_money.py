"""Money is exact: what goes in comes out to the unit, or is refused."""

from __future__ import annotations

import decimal
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue_intel.exceptions import InexactAmountError, UnknownCurrencyError
from revenue_intel.kit.money import (
    THREE_DECIMAL,
    ZERO_DECIMAL,
    exponent,
    normalize_currency,
    to_major,
    to_minor,
)

CURRENCIES = sorted(ZERO_DECIMAL | THREE_DECIMAL | {"gbp", "usd", "eur", "isk", "ugx", "huf", "twd", "clf"})


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("gbp", 2),
        ("jpy", 0),
        ("krw", 0),
        ("isk", 2),  # none at ISO, two at Stripe
        ("ugx", 2),  # none at ISO, two at Stripe
        ("mga", 0),  # a fifth at ISO, none at Stripe
        ("kwd", 3),
        ("bhd", 3),
        ("tnd", 3),
    ],
)
def test_the_exponent_is_stripes_and_not_isos(currency, decimals):
    assert exponent(currency) == decimals


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [
        (1999, "gbp", "19.99"),
        (0, "gbp", "0.00"),
        (-5, "gbp", "-0.05"),
        (500, "jpy", "500"),
        (500, "isk", "5.00"),
        (1234, "kwd", "1.234"),
    ],
)
def test_the_major_amount_has_the_currencys_decimals(minor, currency, major):
    assert str(to_major(minor, currency)) == major


@given(amount=st.integers(-(2**63), 2**63 - 1), currency=st.sampled_from(CURRENCIES))
def test_every_amount_that_the_database_can_hold_survives_the_round_trip(amount, currency):
    assert to_minor(to_major(amount, currency), currency) == amount
    assert to_minor(str(to_major(amount, currency)), currency) == amount


@given(amount=st.integers(-(10**6), 10**6), currency=st.sampled_from(CURRENCIES))
def test_an_amount_finer_than_the_minor_unit_is_refused(amount, currency):
    finer = to_major(amount, currency) + Decimal("0.0001")

    with pytest.raises(InexactAmountError):
        to_minor(finer, currency)


@pytest.mark.parametrize("amount", ["0.1" + "0" * 40 + "1", "1" * 40 + ".001", Decimal("1e-30")])
def test_more_digits_than_the_default_precision_are_refused_and_not_rounded(amount):
    with pytest.raises(InexactAmountError):
        to_minor(amount, "gbp")


def test_a_low_decimal_precision_of_the_host_changes_no_amount():
    with decimal.localcontext() as context:
        context.prec = 3
        assert to_minor("12345.67", "gbp") == 1_234_567
        assert to_major(1_234_567, "gbp") == Decimal("12345.67")


@pytest.mark.parametrize("amount", ["", "abc", "NaN", "sNaN", "Infinity", "-Infinity", "1,50", "1e999999999"])
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(InexactAmountError):
        to_minor(amount, "gbp")


@pytest.mark.parametrize("code", ["gbp", "GBP", " Gbp "])
def test_a_currency_is_written_in_lower_case(code):
    assert normalize_currency(code) == "gbp"


@pytest.mark.parametrize(
    "code", ["", "gb", "gbpx", "g1p", "£££", "\u212aRW", "gb\n", None, 5, b"gbp", ["gbp"]]
)
def test_what_is_no_currency_is_refused(code):
    with pytest.raises(UnknownCurrencyError):
        normalize_currency(code)
