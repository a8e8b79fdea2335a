"""A host's own KPI, as the how-to has it, is computed and shown like ours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.kpis.contract import render_contract
from revenue_intel.kpis.registry import KPIS, register
from revenue_intel.kpis.service import compute
from tests.factories_facts import paid

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "own-kpi.md"


@pytest.fixture
def example(monkeypatch):
    code = re.findall(r"```python\n(# myshop/kpis.py\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[
        0
    ]
    names: dict[str, object] = {}
    exec(compile(code, "kpis.py", "exec", dont_inherit=True), names)  # noqa: S102 - our own page
    kpi = names["GOODS_PER_PIECE"]
    yield kpi
    KPIS.pop(kpi.slug, None)


@pytest.mark.django_db
def test_the_example_of_the_how_to_runs(example):
    paid(10_00, on="2026-03-30", lines=[("mug", "Mug", 4, 10_00)])

    register(example)
    register(example)

    report = compute(days=7, as_of=date(2026, 3, 31))
    assert (report.value("goods_per_piece"), report.values["goods_per_piece"].previous) == (2_50, None)
    assert list(report.values)[-1] == "goods_per_piece"


def test_a_hosts_kpi_is_not_in_our_contract(example):
    register(example)

    assert "goods_per_piece" not in render_contract({})


def test_a_name_that_is_taken_is_refused(example):
    with pytest.raises(ConfigurationError, match="orders"):
        register(replace(example, slug="orders"))


@pytest.mark.parametrize("slug", ["", "Gold members", "GoldMembers", "1st", "a-b", "<b>"])
def test_a_slug_that_is_no_name_is_refused(example, slug):
    with pytest.raises(ConfigurationError, match="lower-case"):
        register(replace(example, slug=slug))
