"""``revenue_kpis`` prints the windows side by side."""

from __future__ import annotations

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.kit.money import money_text
from revenue_intel.kpis.definitions import render_definitions
from revenue_intel.kpis.registry import KPIS
from tests.factories_facts import paid, person, refunded
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


def test_what_a_number_is_made_of_is_printed_with_its_sum():
    order = paid(1_000_00, on="2026-03-31T10:00:00+00:00", reference="R1")
    refunded(order, 1_00, on="2026-03-31T11:00:00+00:00")

    text = squeezed(printed("--days", "7", "--as-of", "2026-03-31", "--parts", "net_sales"))

    assert text.startswith("Net sales, 7 days up to 2026-03-31 (UTC): £999.00\n")
    assert re.search(
        r"\n2026-03-31 11:00:00 refund re_\S+ R1 -£1.00\n2026-03-31 10:00:00 order R1 R1 £1,000.00\n", text
    )
    assert "\nall £999.00\n" in text
    assert text.rstrip().endswith("Parts: 2. Page 1 of 1.")


def test_parts_of_each_window_are_printed_as_json_too():
    paid(1_00, on="2026-03-31", reference="R1")
    paid(2_00, on="2026-03-01", reference="R2")

    week, month = json.loads(
        printed("--days", "7", "90", "--as-of", "2026-03-31", "--parts", "revenue", "--format", "json")
    )

    assert [part["id"] for part in week["parts"]] == ["R1"]
    assert [part["id"] for part in month["parts"]] == ["R1", "R2"]


def test_what_was_not_read_is_said_in_place_of_a_sum():
    text = printed("--days", "7", "--parts", "net_cash")

    assert "(UTC): –" in text
    assert KPIS["net_cash"].unknown in text


def test_some_kpis_alone_are_printed_in_the_order_asked_for():
    paid(1_00, on="2026-03-31")

    lines = printed("--days", "7", "--as-of", "2026-03-31", "--only", "orders", "revenue").splitlines()
    (data,) = json.loads(printed("--days", "7", "--only", "aov", "--format", "json"))

    assert [line.split("  ")[0] for line in lines[5:7]] == ["Orders", "Revenue"]
    assert list(data["kpis"]) == ["aov"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "mrr"], "--only mrr: it must be one of revenue"),
        (["--only", "revenue", "--subscriptions"], "--only revenue: it must be one of mrr"),
        (["--parts", "aov"], "ask for the parts of revenue and orders"),
        (["--parts", "nothing"], "kpi must be one of"),
        (["--parts", "revenue", "--page", "0"], "page must be between"),
        (["--parts", "revenue", "--page", "x"], "page must be a number"),
    ],
)
def test_a_choice_that_there_is_not_fails(arguments, message):
    with pytest.raises(CommandError, match=message):
        printed(*arguments)
