"""A cell is judged as it stands in the file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from revenue_intel.exports.contracts import Field
from revenue_intel.exports.validators import find_fault


def fault(cell, currency="gbp", **field):
    defaults = {"name": "x", "unit": "", "required": True, "minimum": None, "maximum": None, "enum": ()}
    return find_fault(Field(**{**defaults, **field}), cell, currency=currency)


@pytest.mark.parametrize("cell", ["0", "7", "-7", "100000000000000000000"])
def test_whole_numbers_pass(cell):
    assert fault(cell, type="integer") is None


@pytest.mark.parametrize("cell", ["01", "+1", "1.0", "1e3", " 1", "1_000", "٣", "-", "abc", "1\n"])
def test_what_is_no_whole_number_does_not(cell):
    assert fault(cell, type="integer") == "is not a whole number"


@pytest.mark.parametrize(
    ("cell", "currency", "found"),
    [
        ("1.00", "gbp", None),
        ("1.0", "gbp", "has not 2 decimals"),
        ("1", "jpy", None),
        ("1.00", "jpy", "has not 0 decimals"),
        ("1.000", "kwd", None),
        ("1.00", "isk", None),
        ("NaN", "gbp", "is not a decimal number"),
        ("Infinity", "gbp", "is not a decimal number"),
        ("1,00", "gbp", "is not a decimal number"),
    ],
)
def test_money_has_the_decimals_of_its_currency(cell, currency, found):
    assert fault(cell, currency, type="number", unit="money") == found


def test_percentages_have_two_decimals_and_their_bounds():
    bounds = {"type": "number", "unit": "percent", "minimum": Decimal(0), "maximum": Decimal(100)}

    assert fault("100.00", **bounds) is None
    assert fault("100.0", **bounds) == "has not 2 decimals"
    assert fault("100.01", **bounds) == "is more than 100"
    assert fault("-0.01", **bounds) == "is less than 0"


@pytest.mark.parametrize("cell", ["2026-02-30", "20260301", "2026-3-1", "2026-W10-1", "today"])
def test_what_is_no_day_does_not_pass(cell):
    assert fault(cell, type="date") == "is not a day as YYYY-MM-DD"


def test_days_pass():
    assert fault("2026-03-01", type="date") is None


def test_a_cell_may_be_empty_only_where_the_contract_says_so():
    assert fault("", type="date", required=False) is None
    assert fault("", type="string") == "is empty"


def test_any_other_number_may_have_any_decimals():
    assert fault("1.2345", type="number") is None
