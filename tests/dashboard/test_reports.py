"""The page of the topics shows the same tables as the API, with bars and shades, and refuses nonsense in words."""

from __future__ import annotations

import re

import pytest

from revenue_intel.dashboard.reports_context import shade, share_width
from revenue_intel.facts.models import PaymentFact
from revenue_intel.kit import clock
from tests.dashboard.reading import Tags, text_of
from tests.factories_facts import at, paid, person, refunded, wished
from tests.factories_users import client_of
from tests.kpis.test_inventory import came_in, sold
from tests.stock.shelves import make_one

pytestmark = pytest.mark.django_db

URL = "/analytics/reports/"


def page(**query):
    answer = client_of("analyst").get(URL, {"as_of": "2026-03-30", **query})
    assert answer.status_code == 200
    return text_of(answer)


def table(html, label):
    """Return the cells of each row of a table, its bar's width last."""
    body = re.search(rf'aria-label="{label}".*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    assert body
    return [
        [
            *(re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>((?!<svg).*?)</t[hd]>", row)),
            *re.findall(r'<rect class="bar" width="([^"]+)"', row),
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL)
    ]


def test_the_tables_are_there():
    ada = person()
    wished(ada, on="2026-03-01")
    wished(person(), on="2026-03-01")
    order = paid(30_00, on="2026-03-10", by=ada, lines=[("a", "Axe", 1, 20_00), ("b", "Bowl", 4, 10_00)])
    refunded(order, 30_00, on="2026-03-11")
    PaymentFact.objects.create(
        payment_intent="pi_1",
        status="failed",
        amount_minor=5_00,
        failure_code="card_declined",
        failed_at=at("2026-03-05"),
        currency="gbp",
        livemode=False,
        account="",
    )

    html = page()

    assert table(html, "Best sellers") == [
        ["Axe", "£20.00", "1", "1", "100.00%"],
        ["Bowl", "£10.00", "4", "4", "50.00%"],
    ]
    assert table(html, "Funnel") == [
        ["Wishlisted", "2", "–", "100.00 %", "100.00%"],
        ["Purchased", "1", "50.00 %", "50.00 %", "50.00%"],
    ]
    assert table(html, "Reasons of failed payments") == [
        ["card declined", "1", "100.00 %", "£5.00", "100.00%"]
    ]
    assert table(html, "Segments")[-1] == ["1", "0", "0", "0", "0", "1"]
    assert table(html, "Retention by cohort") == [["Mar 2026", "1", "£0.00", "100 %", *[""] * 11]]


def test_stock_that_runs_out_first_stands_first():
    sold(make_one(9, "Mug"), 9, "R1", when="2026-03-20")
    sold(make_one(10, "<b>Bowl"), 1, "R2", when="2026-03-20")
    came_in(make_one(1, "Cup"), 1, "d1", when="2026-03-20")

    assert table(page(), "Stock") == [
        ["Mug", "100.00 %", "0.0 d", "11", "100.00%"],
        ["&lt;b&gt;Bowl", "10.00 %", "270.0 d", "0", "10.00%"],
        ["Cup", "0.00 %", "–", "0", "0.00%"],
    ]


def test_without_facts_each_section_says_so():
    html = page()

    assert "<table" not in html
    assert html.count('<p class="note') == 7


def test_the_name_of_a_product_is_escaped():
    paid(1_00, on="2026-03-10", lines=[("a", "<script>alert(1)</script>", 1, 1_00)])

    assert "<script" not in page()


def test_the_links_keep_the_day_and_the_currency():
    paid(1_00, on="2026-03-10", currency="eur")

    links = Tags(page(currency="eur")).asked()

    assert {"days": "90", "currency": "eur", "as_of": "2026-03-30"} in links
    assert {"currency": "gbp", "as_of": "2026-03-30"} in links


def test_live_money_is_shown_where_it_is_asked_for():
    paid(7_00, on="2026-03-10", livemode=True, lines=[("1", "Mug", 1, 7_00)])

    live, other = page(livemode="true"), page()

    assert ("£7.00" in live, "test mode" in live) == (True, False)
    assert ("£7.00" in other, "test mode" in other) == (False, True)
    assert {"days": "90", "livemode": "true", "as_of": "2026-03-30"} in Tags(live).asked()


def test_a_wrong_question_leads_back_to_the_page():
    answer = client_of("analyst").get(URL, {"days": "13"})

    assert answer.status_code == 400
    assert f"{URL}?days=30" in Tags(text_of(answer)).links()


@pytest.mark.parametrize(("part", "whole", "expected"), [(0, 0, 0), (-5, 10, 0), (1, 1000, 1), (20, 10, 10)])
def test_a_shade_is_always_one_of_those_there_are(part, whole, expected):
    assert shade(part, whole) == expected


def test_a_bar_is_never_negative():
    assert (share_width(-1, 5), share_width(1, 0)) == ("0.00%", "0.00%")


def test_the_page_is_made_again_as_it_was_known():
    paid(7_00, on="2026-03-30", lines=[("mug", "Mug", 1, 7_00)])
    then = clock.now().isoformat()
    before = page()
    paid(1_00, on="2026-03-29", lines=[("pen", "Pen", 1, 1_00)])

    again = page(known_at=then)

    assert '<strong class="tag">as known at ' in again
    assert ("Mug" in again, "Pen" in again, "Pen" in page()) == (True, False, True)
    assert re.findall("<tbody>.*?</tbody>", again, re.DOTALL) == re.findall(
        "<tbody>.*?</tbody>", before, re.DOTALL
    )


def test_an_instant_of_which_nothing_can_be_known_is_refused_in_words():
    answer = client_of("analyst").get(URL, {"known_at": "2026-04-01T00:00:00Z"})

    assert answer.status_code == 400
    assert "known_at: nothing has been recorded yet" in text_of(answer)
