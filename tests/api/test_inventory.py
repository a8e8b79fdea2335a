"""The route of stock answers its KPIs and what runs out first; wrong questions are refused in words."""

from __future__ import annotations

import pytest

from revenue_intel.api.openapi import build_description
from tests.api.shapes import faults
from tests.factories_users import client_of
from tests.kpis.test_inventory import came_in, sold
from tests.stock.shelves import make_one, make_two

pytestmark = pytest.mark.django_db


def ask(role="analyst", **query):
    return client_of(role).get("/api/v1/inventory/", {"as_of": "2026-03-31", **query})


def test_the_answer_is_the_report():
    mug, shelf = make_one(4), make_two(9, "<b>Bin</b>")
    sold(mug, 4, "R1", when="2026-03-10")
    came_in(shelf, 1, "d1", when="2026-03-11")

    found = ask(limit="1").json()["data"]

    assert (found["days"], found["zone"], found["known_at"], found["rows_in_all"]) == (30, "UTC", None, 2)
    assert "currency" not in found
    shared = {"previous": None, "reason": None}
    assert found["kpis"]["sell_through_pct"] == {"value": "28.57", "unit": "percent", **shared}
    assert found["kpis"]["days_of_cover"] == {"value": "75.0", "unit": "days", **shared}
    assert found["rows"] == [
        {
            "model": "host.product",
            "row": str(mug.pk),
            "field": "stock",
            "name": "Mug",
            "opening": 4,
            "received": 0,
            "adjusted": 0,
            "committed": 4,
            "restocked": 0,
            "on_hand": 0,
            "available": 0,
            "days_out": 22,
            "sell_through_pct": "100.00",
            "days_of_cover": "0.0",
        }
    ]


def test_every_answer_is_of_the_described_shape():
    schemas = build_description()["components"]["schemas"]

    assert not faults(ask().json(), "InventoryAnswer", schemas)
    sold(make_one(4), 1, "R1", when="2026-03-10")
    assert not faults(
        ask(known_at="2026-03-12T00:00:00Z", as_of="2026-03-11").json(), "InventoryAnswer", schemas
    )


def test_it_can_be_asked_as_it_was_known():
    sold(make_one(4), 1, "R1", when="2026-03-10")

    found = ask(known_at="2026-03-09T00:00:00Z", as_of="2026-03-09").json()["data"]

    assert (found["known_at"], found["rows"]) == ("2026-03-09T00:00:00Z", [])


@pytest.mark.parametrize(
    "query",
    [
        {"days": "13"},
        {"as_of": "9998-12-31"},
        {"zone": "Moon/Base"},
        {"complete_days": "perhaps"},
        {"currency": "gbp"},
        {"livemode": "true"},
        {"account": "acct_1"},
        {"known_at": "yesterday"},
        {"known_at": "9998-01-01T00:00:00Z"},
        *({"limit": text} for text in ("0", "-1", "abc", "", "²", "101", "99999")),
    ],
)
def test_a_wrong_question_is_refused_in_words(query):
    answer = ask(**query)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_window"


def test_who_may_not_see_numbers_sees_no_stock():
    assert ask("customer").status_code == 403
