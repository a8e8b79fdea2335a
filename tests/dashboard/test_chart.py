"""The chart draws every day at its true height; the table under it says the same."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from revenue_intel.dashboard.chart import FLOOR, TOP, draw, scale, step_minor
from revenue_intel.kpis.reports import DayRevenue
from revenue_intel.kpis.series import series_of
from tests.dashboard.reading import Tags, bars, rows, text_of
from tests.factories_facts import paid
from tests.factories_users import client_of


def days_of(*amounts, partial=False):
    first = date(2026, 3, 1)
    days = [
        DayRevenue(
            day=first + timedelta(days=n),
            revenue_minor=amount,
            orders=1 if amount else 0,
            partial=partial and n == len(amounts) - 1,
        )
        for n, amount in enumerate(amounts)
    ]
    return series_of(days, "day")


def number(text):
    return float(text.removesuffix("%"))


@pytest.mark.django_db
@pytest.mark.parametrize("days", [7, 30, 90])
def test_chart_and_table_have_the_same_days_and_numbers(days):
    paid(10_00, on="2026-03-28")
    paid(5_50, on="2026-03-28")
    paid(1_234_00, on="2026-03-30")

    html = text_of(
        client_of("analyst").get("/analytics/dashboard/", {"days": str(days), "as_of": "2026-03-30"})
    )

    table = rows(html)
    assert len(table) == days
    assert table[:3] == [
        ("2026-03-30", "£1,234.00", "1"),
        ("2026-03-29", "£0.00", "0"),
        ("2026-03-28", "£15.50", "2"),
    ]
    in_words = [
        f"{date.fromisoformat(day):%a} {date.fromisoformat(day).day} {date.fromisoformat(day):%b %Y}: "
        f"{revenue}, {orders} order{'' if orders == '1' else 's'}"
        for day, revenue, orders in reversed(table)
    ]
    assert bars(html) == in_words


def test_bars_are_as_high_as_their_amounts():
    chart = draw(days_of(5_00, 2_50, 0), currency="gbp", step="day")

    heights = [number(bar.height) for bar in chart.bars]
    assert heights == pytest.approx([FLOOR - TOP, (FLOOR - TOP) / 2, 0])
    for bar in chart.bars:
        assert number(bar.y) + number(bar.height) == pytest.approx(FLOOR)


@pytest.mark.parametrize("count", [1, 7, 30, 90])
def test_bars_stay_inside_and_apart(count):
    chart = draw(days_of(*[100] * count), currency="gbp", step="day")

    edges = [(number(bar.x), number(bar.x) + number(bar.width)) for bar in chart.bars]
    assert edges[0][0] > 0
    assert edges[-1][1] < 100
    for (_, right), (left, _) in pairwise(edges):
        assert right < left


def test_a_day_below_zero_draws_nothing_and_says_its_amount():
    chart = draw(days_of(-5_00, 10_00), currency="gbp", step="day")

    assert number(chart.bars[0].height) == 0
    assert "-£5.00" in chart.bars[0].label


def test_a_day_that_is_not_over_is_marked():
    chart = draw(days_of(1_00, 1_00, partial=True), currency="gbp", step="day")

    assert [bar.partial for bar in chart.bars] == [False, True]
    assert chart.bars[1].label == "Mon 2 Mar 2026: £1.00, 1 order, not over yet"


@pytest.mark.parametrize("greatest", [1, 2, 5, 6, 99, 100, 101, 419_00, 500_00, 500_01, 10**12])
def test_marks_are_round_reach_over_all_and_are_few(greatest):
    marks = scale(greatest, currency="gbp")

    assert marks[0] == 0
    assert marks[-1] >= greatest > marks[-2]
    assert 2 <= len(marks) <= 6
    assert str(step_minor(greatest)).rstrip("0") in {"1", "2", "5"}


def test_an_empty_scale_reaches_to_one_of_the_currency():
    assert (scale(0, currency="gbp"), scale(-5, currency="jpy")) == ([0, 100], [0, 1])


@pytest.mark.parametrize(
    ("greatest", "currency", "texts"),
    [
        (300_00, "gbp", ["£0", "£100", "£200", "£300"]),
        (2_00, "gbp", ["£0.00", "£0.50", "£1.00", "£1.50", "£2.00"]),
        (3_000, "jpy", ["¥0", "¥1,000", "¥2,000", "¥3,000"]),
        (3_000, "kwd", ["KWD 0", "KWD 1", "KWD 2", "KWD 3"]),
    ],
)
def test_amounts_on_the_axis_have_decimals_only_where_they_need_them(greatest, currency, texts):
    chart = draw(days_of(greatest), currency=currency, step="day")

    assert [mark.text for mark in chart.amounts] == texts


@pytest.mark.parametrize("count", [1, 7, 30, 90])
def test_few_days_are_labelled_and_the_last_one_is_among_them(count):
    days = days_of(*[1] * count)

    marks = draw(days, currency="gbp", step="day").days

    assert 1 <= len(marks) <= 8
    assert marks[-1].text == f"{days[-1].first_day.day} {days[-1].first_day:%b}"
    assert [mark.minor for mark in reversed(marks)] == [n % 2 == 1 for n in range(len(marks))]


def test_the_last_label_stays_inside():
    narrow, wide = (draw(days_of(*[1] * count), currency="gbp", step="day").days[-1] for count in (30, 2))

    assert (narrow.at, narrow.anchor) == ("100.00%", "end")
    assert (wide.at, wide.anchor) == ("75.00%", "middle")


def test_who_does_not_see_the_chart_is_told_what_is_in_it():
    assert draw(days_of(1_00, 9_00, 2_00), currency="gbp", step="day").description == (
        "A bar for each of 3 days, £12.00 in all. The best was Mon 2 Mar 2026 with £9.00. "
        "The table below has every day."
    )
    assert draw(days_of(0, 0), currency="gbp", step="day").description == "No sale in these 2 days."


@pytest.mark.django_db
def test_weeks_have_every_week_and_say_which_are_cut():
    paid(10_00, on="2026-03-02")
    paid(5_00, on="2026-03-08")
    paid(7_00, on="2026-03-29")

    html = text_of(
        client_of("analyst").get(
            "/analytics/dashboard/", {"days": "30", "as_of": "2026-03-30", "series": "week"}
        )
    )

    assert bars(html) == [
        "Week from Mon 23 Feb 2026: £0.00, 0 orders, cut by the window",
        "Week from Mon 2 Mar 2026: £15.00, 2 orders",
        "Week from Mon 9 Mar 2026: £0.00, 0 orders",
        "Week from Mon 16 Mar 2026: £0.00, 0 orders",
        "Week from Mon 23 Mar 2026: £7.00, 1 order",
        "Week from Mon 30 Mar 2026: £0.00, 0 orders, cut by the window",
    ]
    assert [row[0] for row in rows(html)][-2:] == ["2026-03-02", "2026-02-23"]
    assert {"days": "7", "as_of": "2026-03-30", "series": "week"} in Tags(html).asked()
    assert '#series-heading" aria-current="page">by week' in html


@pytest.mark.django_db
def test_the_running_month_is_flagged():
    html = text_of(client_of("analyst").get("/analytics/dashboard/", {"days": "7", "series": "month"}))

    assert bars(html)[-1].endswith(", not over yet")


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["", "year", "<b>"])
def test_a_step_that_there_is_not_is_refused(step):
    answer = client_of("analyst").get("/analytics/dashboard/", {"series": step})

    assert answer.status_code == 400
    assert "<b>" not in text_of(answer)
