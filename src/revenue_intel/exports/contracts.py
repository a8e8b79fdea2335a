"""The contracts of the exports, read from ``contracts/``.

``kpi_contract.json`` holds the windows and the header list of each export; a Table Schema beside it
says what each column holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.kit.contracts import load_contract

ExportName = Literal["kpi-summary", "orders", "products", "customers"]

NAMES: Final[tuple[ExportName, ...]] = ("kpi-summary", "orders", "products", "customers")
TYPES: Final = frozenset({"string", "integer", "number", "date", "datetime"})


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column: its type, and the bounds of its values.

    ``unit`` is ``money`` for decimals of the major unit, ``percent`` for two decimals, and a
    word for people otherwise.
    """

    name: str
    type: str
    unit: str
    required: bool
    minimum: Decimal | None
    maximum: Decimal | None
    enum: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExportContract:
    """What an export promises: its columns, in order, and the version of the promise."""

    name: ExportName
    version: str
    fields: tuple[Field, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """The first row of the file."""
        return tuple(field.name for field in self.fields)


def load_export_contract(name: ExportName) -> ExportContract:
    """Return the contract of one export.

    Raises:
        ConfigurationError: header list and schema differ, or a column has a type we cannot check.
    """
    promise = load_contract("kpi_contract.json")
    fields = tuple(read_field(field) for field in load_contract(f"exports/{name}.schema.json")["fields"])
    contract = ExportContract(name=name, version=promise["version"], fields=fields)
    if list(contract.headers) != promise["exports"][name]:
        raise ConfigurationError(f"The headers of {name} in kpi_contract.json are not those of its schema.")
    return contract


def read_field(field: Mapping[str, Any]) -> Field:
    """Return one column of a Table Schema."""
    if field["type"] not in TYPES:
        raise ConfigurationError(
            f"The schema of column {field['name']} has the unknown type {field['type']}."
        )
    constraints = field.get("constraints", {})
    return Field(
        name=field["name"],
        type=field["type"],
        unit=field.get("unit", ""),
        required=constraints.get("required", False),
        minimum=read_bound(constraints.get("minimum")),
        maximum=read_bound(constraints.get("maximum")),
        enum=tuple(constraints.get("enum", ())),
    )


def read_bound(bound: object) -> Decimal | None:
    """Return a bound as an exact number."""
    return None if bound is None else Decimal(str(bound))
