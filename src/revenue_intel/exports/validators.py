"""Check a cell, as it stands in the file, against its column's contract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from revenue_intel.exceptions import ContractViolation
from revenue_intel.exports.contracts import ExportContract, Field
from revenue_intel.kit.money import exponent

INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]*)")
NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
PERCENT_DECIMALS: Final = 2


def check_row(contract: ExportContract, cells: Sequence[str], *, row: int, currency: str) -> None:
    """Check one data row; ``row`` counts from 1.

    Raises:
        ContractViolation: naming row and column, never the value: it may be somebody's address.
    """
    if len(cells) != len(contract.fields):
        raise ContractViolation(f"Row {row} has {len(cells)} cells; the contract has {len(contract.fields)}.")
    for field, cell in zip(contract.fields, cells, strict=True):
        wrong = find_fault(field, cell, currency=currency)
        if wrong:
            raise ContractViolation(f"Row {row}, column {field.name}: {wrong}.")


def find_fault(field: Field, cell: str, *, currency: str) -> str | None:
    """Say what is wrong with a cell, or None."""
    if not cell:
        return "is empty" if field.required else None
    if field.enum and cell not in field.enum:
        return f"is none of {', '.join(field.enum)}"
    if field.type == "date":
        return find_date_fault(cell)
    if field.type == "datetime":
        return find_instant_fault(cell)
    if field.type in {"integer", "number"}:
        return find_number_fault(field, cell, currency=currency)
    return None


def find_number_fault(field: Field, cell: str, *, currency: str) -> str | None:
    """Say what is wrong with a number: its form, its decimals, or its size."""
    shape = INTEGER if field.type == "integer" else NUMBER
    if not shape.fullmatch(cell):
        return "is not a whole number" if field.type == "integer" else "is not a decimal number"
    decimals = decimals_of(field, currency=currency)
    if decimals is not None and len(cell.partition(".")[2]) != decimals:
        return f"has not {decimals} decimals"
    number = Decimal(cell)
    if field.minimum is not None and number < field.minimum:
        return f"is less than {field.minimum}"
    if field.maximum is not None and number > field.maximum:
        return f"is more than {field.maximum}"
    return None


def decimals_of(field: Field, *, currency: str) -> int | None:
    """Return how many decimals the column's unit asks for, or None where it does not say."""
    if field.type == "number" and field.unit == "money":
        return exponent(currency)
    return PERCENT_DECIMALS if field.unit == "percent" else None


def find_date_fault(cell: str) -> str | None:
    """Say what is wrong with a calendar day."""
    try:
        return None if date.fromisoformat(cell).isoformat() == cell else "is not a day as YYYY-MM-DD"
    except ValueError:
        return "is not a day as YYYY-MM-DD"


def find_instant_fault(cell: str) -> str | None:
    """Say what is wrong with an instant."""
    try:
        datetime.strptime(cell, INSTANT)  # noqa: DTZ007 - the Z is part of the format
    except ValueError:
        return "is not an instant as YYYY-MM-DDTHH:MM:SSZ"
    return None
