"""``contracts/openapi.json`` is what the interface says of itself, and valid OpenAPI."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.validation import validate_schema

from revenue_intel.api.openapi import build_description
from revenue_intel.kit.contracts import contracts_folder
from revenue_intel.kpis.registry import KPIS
from tests.golden import assert_same_as_file


def test_the_kept_description_is_what_the_interface_says():
    text = json.dumps(build_description(), indent=2, ensure_ascii=False) + "\n"

    assert_same_as_file(text, contracts_folder() / "openapi.json")


def test_the_description_is_valid():
    validate_schema(build_description())


def test_it_describes_our_routes_only():
    assert list(build_description()["paths"]) == [
        "/api/v1/anomalies/",
        "/api/v1/cohorts/",
        "/api/v1/converted/",
        "/api/v1/funnel/",
        "/api/v1/inventory/",
        "/api/v1/kpis/",
        "/api/v1/kpis/{slug}/parts/",
        "/api/v1/payment-failures/",
        "/api/v1/products/",
        "/api/v1/segments/",
        "/api/v1/subscriptions/",
    ]


def test_it_describes_every_kpi_with_its_formula():
    shapes: dict[str, Any] = build_description()["components"]["schemas"]
    described = {
        slug: found
        for name in ("KpiValues", "SubscriptionValues", "StockValues")
        for slug, found in shapes[name]["properties"].items()
    }

    assert {slug: found["description"] for slug, found in described.items()} == {
        slug: kpi.formula for slug, kpi in KPIS.items()
    }


def test_a_host_that_describes_its_own_interface_changes_nothing(settings):
    before = build_description()
    settings.SPECTACULAR_SETTINGS = {"TITLE": "The shop", "SCHEMA_PATH_PREFIX": "/shop"}

    assert build_description() == before
