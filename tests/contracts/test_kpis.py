"""``contracts/kpis.json`` is what the registry defines, and no definition changes under its old version."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from revenue_intel.exceptions import ContractViolation
from revenue_intel.kit.contracts import contracts_folder
from revenue_intel.kpis.contract import render_contract
from revenue_intel.kpis.registry import KPIS, OURS
from tests.golden import assert_same_as_file

FILE = contracts_folder() / "kpis.json"


def promised():
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def test_the_kept_contract_is_what_the_registry_defines():
    assert_same_as_file(render_contract(promised()), FILE)


def another_code(asked):
    """Count otherwise."""
    return asked.totals.orders + 1


def another_reader(facts):
    """Read otherwise."""


@pytest.mark.parametrize(
    "change",
    [
        {"formula": "The number of orders."},
        {"edge": "None."},
        {"additive": False},
        {"code": another_code},
        {"through": (another_reader,)},
    ],
)
def test_a_definition_does_not_change_under_its_old_version(change):
    changed = replace(KPIS["orders"], **change)

    with pytest.raises(ContractViolation, match="orders has changed; raise its version"):
        render_contract(promised(), [changed])

    assert '"version": 2' in render_contract(promised(), [replace(changed, version=2)])


def test_spaces_and_names_people_read_are_no_definition():
    assert replace(KPIS["orders"], name="Purchases").digest == KPIS["orders"].digest


def test_a_kpi_that_is_new_is_no_change():
    assert "novel" in render_contract(promised(), [replace(KPIS["orders"], slug="novel", code=another_code)])


def test_every_kpi_of_ours_is_promised_and_none_of_a_host_is():
    assert list(promised()["kpis"]) == list(OURS)
