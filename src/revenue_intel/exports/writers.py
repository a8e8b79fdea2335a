"""Write rows as CSV: RFC 4180, UTF-8, safe to open in a spreadsheet, hashed on the way."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Final

from revenue_intel.exceptions import ContractViolation
from revenue_intel.exports.contracts import ExportContract, Field
from revenue_intel.exports.validators import INSTANT, check_row

Cell = str | int | Decimal | date | datetime | None

#: What a spreadsheet may take for a formula: the sign after spaces and unseen signs, in its wide form
#: too; or a tab or line end at the start.
FORMULA: Final = re.compile(
    "[\\s\\ufeff\\u200b\\u2060\\x00]*[-=+@\\uff1d\\uff0b\\uff0d\\uff20]|[\\ufeff\\u200b\\u2060\\x00]*[\\t\\r\\n]"
)


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a file holds: data rows, and the hash of all its bytes."""

    rows: int
    sha256: str


class HashingText:
    """Takes text, passes it on as UTF-8 and hashes it."""

    def __init__(self, file: IO[bytes]) -> None:
        """Write to ``file``."""
        self.file = file
        self.hash = hashlib.sha256()

    def write(self, text: str) -> int:
        """Write one piece."""
        data = text.encode()
        self.hash.update(data)
        return self.file.write(data)


def write_csv(
    contract: ExportContract, rows: Iterable[Sequence[Cell]], *, currency: str, file: IO[bytes]
) -> Written:
    """Write header and rows to ``file``, checking every value as it stands in the file.

    Raises:
        ContractViolation: a value breaks the contract; what ``file`` holds then is worth nothing.
    """
    target = HashingText(file)
    writer = csv.writer(target)
    writer.writerow(contract.headers)
    count = 0
    for count, values in enumerate(rows, start=1):
        cells = render_row(contract, values, row=count)
        check_row(contract, cells, row=count, currency=currency)
        writer.writerow(cells)
    return Written(rows=count, sha256=target.hash.hexdigest())


def render_row(contract: ExportContract, values: Sequence[Cell], *, row: int) -> list[str]:
    """Return a row's values as they stand in the file."""
    if len(values) != len(contract.fields):
        raise ContractViolation(
            f"Row {row} has {len(values)} cells; the contract has {len(contract.fields)}."
        )
    cells = []
    for field, value in zip(contract.fields, values, strict=True):
        try:
            cells.append(render(field, value))
        except TypeError as error:
            raise ContractViolation(f"Row {row}, column {field.name}: is not a {field.type}.") from error
    return cells


def render(field: Field, value: Cell) -> str:
    """Return a value as it stands in the file.

    Raises:
        TypeError: the value is not of the column's type; a float never is.
    """
    if value is None:
        return ""
    match field.type, value:
        case "string", str():
            return defuse(value)
        case "integer", int() if not isinstance(value, bool):
            return str(value)
        case "number", Decimal():
            return f"{value:f}"
        case "datetime", datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).strftime(INSTANT)
        case "date", date() if not isinstance(value, datetime):
            return value.isoformat()
    raise TypeError(type(value).__name__)


def defuse(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    >>> defuse(" =1+1"), defuse("Mug")
    ("' =1+1", 'Mug')
    """
    return f"'{text}" if FORMULA.match(text) else text
