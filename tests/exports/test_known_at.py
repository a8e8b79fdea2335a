"""``known_at``: an export is made again as it was known, byte for byte, or says why it cannot be."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kit import clock
from tests.factories_users import client_of
from tests.kpis.teller import BEGIN
from tests.kpis.test_known_at import LATER, TOLD, Narrator

pytestmark = pytest.mark.django_db
AT = BEGIN + timedelta(days=3)
HISTORY = [
    ("sale", AT, 1, "gbp", 900),
    ("sale", AT, 2, "gbp", 400),
    ("refund", AT, 1, 470, None),
    ("redate", 0, AT - timedelta(days=5)),
    ("join", 1, 2),
]


@pytest.fixture
def told(monkeypatch, make):
    """What each export said at each instant of the history, by name; the clock is long after."""
    teller, then = Narrator(), {}
    for number, event in enumerate(HISTORY):
        instant = TOLD + timedelta(hours=number)
        monkeypatch.setattr(clock, "now", lambda instant=instant: instant)
        teller.tell(*event)
        for name in ("kpi-summary", "products"):
            then[name, instant] = make(name, days=7, as_of=AT.date()).file.read()
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return then


def test_summary_and_products_are_written_again_as_they_were_known(told, make):
    again = {
        (name, instant): make(name, days=7, as_of=AT.date(), known_at=instant).file.read()
        for name, instant in told
    }

    assert again == told
    assert len({told["kpi-summary", TOLD + timedelta(hours=n)] for n in range(5)}) > 3
    assert len({told["products", TOLD + timedelta(hours=n)] for n in range(5)}) > 1


def test_name_and_manifest_say_as_of_which_instant(told, make):
    made = make("products", known_at=TOLD)

    assert made.filename == "products_30d_gbp_test_known20260402T090000Z_2026-03-30.csv"
    assert made.manifest()["known_at"] == "2026-04-02T09:00:00+00:00"


@pytest.mark.parametrize("name", ["orders", "customers"])
def test_what_stands_in_no_history_is_refused_and_says_why(told, make, name):
    with pytest.raises(
        InvalidWindowError, match=f"known_at is not for the export {name}: e-mail addresses.* as of now"
    ):
        make(name, known_at=TOLD)
    answer = client_of("analyst").get(f"/analytics/exports/{name}/", {"known_at": "2026-04-02T09:00:00Z"})
    assert (answer.status_code, "e-mail addresses" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("name", ["kpi-summary", "products"])
def test_an_instant_before_the_first_fact_is_refused(told, make, name):
    with pytest.raises(InvalidWindowError, match="first fact"):
        make(name, known_at=TOLD - timedelta(seconds=1))


def test_route_and_command_write_what_was_known(told, tmp_path):
    path = tmp_path / "products.csv"
    asked = ["--days", "7", "--as-of", AT.date().isoformat(), "--known-at", "2026-04-02T09:00:00Z"]

    call_command("revenue_export", "products", *asked, "--output", str(path))
    answer = client_of("analyst").get(
        "/analytics/exports/products/",
        {"days": "7", "as_of": AT.date().isoformat(), "known_at": "2026-04-02T09:00:00Z"},
    )

    assert path.read_bytes() == b"".join(answer.streaming_content) == told["products", TOLD]
    assert json.loads((tmp_path / "products.csv.manifest.json").read_text())["known_at"]
    call_command("revenue_verify_export", str(path))
    with pytest.raises(CommandError, match="known_at must be an instant"):
        call_command("revenue_export", "products", "--known-at", "soon")


def test_the_dashboard_of_an_earlier_instant_offers_what_can_be_made_again(told):
    html = (
        client_of("analyst")
        .get("/analytics/dashboard/", {"known_at": "2026-04-02T09:00:00Z", "as_of": date(2026, 3, 30)})
        .content.decode()
    )

    assert "/analytics/exports/products/" in html
    assert "known_at=2026-04-02T09" in html.partition("/analytics/exports/products/")[2].partition('"')[0]
    assert "/analytics/exports/orders/" not in html
