"""``revenue_kpis`` prints the windows side by side."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.kit.money import money_text
from revenue_intel.kpis.definitions import render_definitions
from tests.factories_facts import paid, person
from tests.kpis.test_inventory import sold
from tests.stock.shelves import make_one

pytestmark = pytest.mark.django_db


def printed(*arguments):
    out = StringIO()
    call_command("revenue_kpis", *arguments, stdout=out)
    return out.getvalue()


def squeezed(text):
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def test_windows_stand_side_by_side():
    paid(1_234_00, on="2026-03-31", by=person())
    paid(10_00, on="2026-03-05")
    paid(500, on="2026-03-05", currency="jpy")

    table = printed("--as-of", "2026-03-31")

    assert "KPIs in GBP, test mode, up to 2026-03-31 (UTC)" in table
    assert "\nRevenue £1,234.00 £1,244.00 £1,244.00\n" in squeezed(table)
    assert "\nRepeat rate 0.00 % 0.00 % 0.00 %\n" in squeezed(table)
    assert len({len(line) for line in table.splitlines() if line.endswith(" %")}) == 1
    assert "Other currencies present: jpy." in table
    assert "Latest day with money: 2026-03-31. Open issues: 0." in table


def test_chosen_windows_and_another_currency():
    paid(500, on="2026-03-31", currency="jpy")

    table = printed("--days", "7", "30", "--currency", "jpy", "--as-of", "2026-03-31")

    assert "\nRevenue ¥500 ¥500\n" in squeezed(table)
    assert "90 days" not in table


def test_today_is_said_not_to_be_over():
    assert "has not ended yet." in printed("--days", "7")


def test_without_orders_quotients_are_dashes():
    (line,) = [line for line in printed("--days", "7").splitlines() if line.startswith("Average order value")]

    assert line.endswith(" –")


def test_live_money_of_an_account_in_another_zone_is_printed_where_it_is_asked_for():
    paid(7_00, on="2026-03-30T12:30:00+00:00", livemode=True, account="acct_1")
    paid(1_00, on="2026-03-30")
    asked = ("--livemode", "true", "--account", "acct_1", "--zone", "Pacific/Kiritimati")

    table = squeezed(printed("--days", "7", "--as-of", "2026-03-31", *asked))

    assert "KPIs in GBP, live mode, up to 2026-03-31 (Pacific/Kiritimati)" in table
    assert "\nRevenue £7.00\n" in table


def test_with_complete_days_the_window_ends_yesterday():
    assert "has not ended yet." not in printed("--days", "7", "--complete-days")


def test_json_is_the_answer_of_the_api():
    paid(10_00, on="2026-03-31")

    (report,) = json.loads(printed("--days", "7", "--as-of", "2026-03-31", "--format", "json"))

    assert report["kpis"]["revenue"]["value"] == 10_00


def test_stock_is_printed_instead():
    sold(make_one(4), 1, "R1", when="2026-03-30")

    table = squeezed(printed("--inventory", "--as-of", "2026-03-31"))
    (first, *_) = json.loads(printed("--inventory", "--as-of", "2026-03-31", "--format", "json"))

    assert "KPIs of stock, up to 2026-03-31 (UTC)" in table
    assert "\nSell-through 25.00 % 25.00 % 25.00 %\n" in table
    assert "\nDays of cover 21.0 d 90.0 d 270.0 d\n" in table
    assert table.endswith("Stock rows: 1.")
    assert first["kpis"]["stock_on_hand"]["value"] == 3


@pytest.mark.parametrize("other", [("--subscriptions",), ("--definitions",), ("--currency", "gbp")])
def test_stock_is_asked_for_alone(other):
    with pytest.raises(CommandError):
        printed("--inventory", *other)


def test_definitions_are_printed_as_the_page():
    assert printed("--definitions") == render_definitions()


@pytest.mark.parametrize("arguments", [("--days", "8"), ("--currency", "xx"), ("--as-of", "yesterday")])
def test_a_wrong_question_fails(arguments):
    with pytest.raises(CommandError, match="must be"):
        printed(*arguments)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "gbp", "£0.00"),
        (-5, "gbp", "-£0.05"),
        (123456789, "usd", "$1,234,567.89"),
        (500, "jpy", "¥500"),
        (1500, "kwd", "KWD 1.500"),
    ],
)
def test_money_is_shown_with_sign_and_decimals_of_its_currency(amount, currency, text):
    assert money_text(amount, currency) == text
