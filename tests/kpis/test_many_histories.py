"""A sample of what ``python -m tests.kpis.oracle`` looks at by the thousand, and that it can find something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from revenue_intel.kpis.registry import KPIS
from tests.kpis.oracle import look

pytestmark = pytest.mark.django_db


def test_the_kpis_of_generated_histories_equal_a_recount():
    assert look(seed=1, histories=15) == (15, None)


@pytest.mark.parametrize("slug", ["refunded_amount", "new_customers", "funnel_conversion_pct", "time_to_pay"])
def test_a_kpi_that_counts_wrongly_is_found_and_named(monkeypatch, slug):
    right = KPIS[slug].code
    wrong = replace(KPIS[slug], code=lambda asked: (right(asked) or 0) + (asked["orders"] > 1))
    monkeypatch.setitem(KPIS, slug, wrong)

    agreed, differs = look(seed=1, histories=15)

    assert agreed < 15
    assert differs["seed"] == agreed + 1
    assert slug in differs["in"]
