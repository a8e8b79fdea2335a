"""The four specified exports keep their headers and windows; each column is described and checkable."""

from __future__ import annotations

import json

import pytest
from frictionless import Schema

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.exports import contracts
from revenue_intel.exports.contracts import NAMES, load_export_contract
from revenue_intel.kit.contracts import contracts_folder, load_contract

SPECIFIED = {
    "kpi-summary": "window_days, latest_snapshot_day, revenue, orders, aov, refunded_amount, refunded_orders, "
    "refund_rate_orders_pct, unique_customers, repeat_customers, repeat_rate_pct, wishlisted_users, "
    "purchased_users",
    "orders": "OrderID, Email, Total, Status, CreatedAt, RefundStatus, RefundPennies, RefundedAt",
    "products": "Product, Units, Revenue",
    "customers": "Email, Orders, TotalSpent",
}


def test_headers_and_windows_are_the_specified_ones():
    promise = load_contract("kpi_contract.json")

    assert promise["windows_days"] == [7, 30, 90]
    assert promise["exports"] == {name: headers.split(", ") for name, headers in SPECIFIED.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_a_valid_table_schema(name):
    schema = Schema.from_descriptor(str(contracts_folder() / "exports" / f"{name}.schema.json"))

    assert schema.field_names == SPECIFIED[name].split(", ")
    assert all(field.description for field in schema.fields)


@pytest.mark.parametrize("name", NAMES)
def test_a_contract_loads_with_its_headers(name):
    assert ", ".join(load_export_contract(name).headers) == SPECIFIED[name]


def test_a_schema_whose_columns_are_not_the_promised_headers_is_refused(monkeypatch):
    promise = json.loads(json.dumps(load_contract("kpi_contract.json")))
    promise["exports"]["orders"].reverse()
    monkeypatch.setattr(
        contracts,
        "load_contract",
        lambda name: promise if name == "kpi_contract.json" else load_contract(name),
    )

    with pytest.raises(ConfigurationError, match="headers of orders"):
        load_export_contract("orders")


def test_a_column_of_a_type_we_cannot_check_is_refused():
    with pytest.raises(ConfigurationError, match="unknown type geopoint"):
        contracts.read_field({"name": "Place", "type": "geopoint"})
