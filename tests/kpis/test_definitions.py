"""``docs/kpi_definitions.md`` says what the code does, and leaves no header of the contract undefined."""

from __future__ import annotations

from pathlib import Path

import pytest

from revenue_intel.kit.contracts import load_contract
from revenue_intel.kpis.definitions import render_definitions
from revenue_intel.kpis.registry import KPIS

PAGE = Path(__file__).parents[2] / "docs" / "kpi_definitions.md"


def test_the_page_is_what_the_registry_says():
    assert PAGE.read_text(encoding="utf-8") == render_definitions(), (
        "docs/kpi_definitions.md is stale; make it again with "
        "`python manage.py revenue_kpis --definitions > docs/kpi_definitions.md`"
    )


@pytest.mark.parametrize("name", ["kpi-summary", "orders", "products", "customers"])
def test_every_header_of_the_contract_is_defined(name):
    section = render_definitions().partition(f"### Export `{name}`")[2].partition("### ")[0]

    for header in load_contract("kpi_contract.json")["exports"][name]:
        (row,) = [line for line in section.splitlines() if line.startswith(f"| `{header}` |")]
        assert len(row.split("|")[4].split()) > 3, header


def test_every_kpi_says_what_it_is():
    for kpi in KPIS.values():
        assert kpi.name
        assert kpi.formula.endswith(".")
        assert kpi.sources
        assert kpi.since
        assert f"### {kpi.slug}\n" in render_definitions()


def test_every_column_of_the_summary_beside_window_and_day_is_a_kpi():
    headers = load_contract("kpi_contract.json")["exports"]["kpi-summary"]

    assert set(headers) - set(KPIS) == {"window_days", "latest_snapshot_day"}
