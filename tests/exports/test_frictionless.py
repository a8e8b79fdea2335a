"""An independent judge finds each file valid by its Table Schema, and finds the faults that we find."""

from __future__ import annotations

import pytest
from frictionless import Resource, Schema

from revenue_intel.exports.contracts import NAMES
from revenue_intel.kit.contracts import load_contract
from tests.factories_facts import paid, person, refunded

pytestmark = pytest.mark.django_db


def judge(path, name):
    schema = Schema.from_descriptor(load_contract(f"exports/{name}.schema.json"))
    return Resource(path=path.name, basepath=str(path.parent), schema=schema).validate()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("currency", ["gbp", "jpy", "usd"])
def test_each_file_is_valid(make, tmp_path, name, currency):
    ada = person("ada@example.com")
    for n, text in enumerate(["=1+1", " -2", "Mug, large", 'the "best"']):
        order = paid(10_00, on="2026-03-05", by=ada, lines=[(str(n), text, 1, 10_00)], currency=currency)
        refunded(order, (n + 1) * 2_50, on="2026-03-09")
    paid(1_00, on="2026-03-06", currency="gbp")
    path = tmp_path / f"{name}.csv"
    path.write_bytes(make(name, currency=currency).file.read())

    report = judge(path, name)

    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("20.00", "-20.00"),
        ("20.00", "twenty"),
        ("2026-03-05T12:00:00Z", "yesterday"),
        (",none,", ",some,"),
        ("F1,", ","),
    ],
)
def test_a_broken_file_is_invalid(make, tmp_path, good, bad):
    paid(20_00, on="2026-03-05", reference="F1")
    text = make("orders").file.read().decode()
    path = tmp_path / "orders.csv"
    path.write_bytes(text.replace(good, bad).encode())

    assert good in text
    assert not judge(path, "orders").valid
