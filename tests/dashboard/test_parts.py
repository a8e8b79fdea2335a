"""The page of what a figure is made of: linked from the figure, its parts with their sum, or why there are none."""

from __future__ import annotations

import re
from html import unescape

import pytest

from revenue_intel.kpis import explanations
from revenue_intel.kpis.registry import KPIS
from tests.dashboard.reading import Tags, cards, text_of
from tests.factories_facts import paid, person, refunded
from tests.factories_users import client_of
from tests.stock.shelves import make_one

pytestmark = pytest.mark.django_db
AS_OF = "2026-03-30"


def page(slug, status=200, **query):
    answer = client_of("analyst").get(f"/analytics/parts/{slug}/", {"as_of": AS_OF, **query})
    assert answer.status_code == status
    return text_of(answer)


def adds(html):
    """Return what each row of the table and of its foot adds, from the top."""
    return re.findall(r'data-label="Adds">([^<]+)<', html)


def test_every_figure_of_the_dashboard_leads_to_its_parts_and_keeps_the_question():
    paid(7_00, on="2026-03-10", currency="jpy")
    html = text_of(
        client_of("analyst").get(
            "/analytics/dashboard/", {"as_of": AS_OF, "currency": "jpy", "days": "7", "series": "week"}
        )
    )

    asked = {
        link.partition("?")[0]: link.partition("?")[2] for link in Tags(html).links() if "/parts/" in link
    }

    assert len(asked) == len(cards(html)) > 20
    assert set(asked.values()) == {"as_of=2026-03-30&currency=jpy&days=7"}
    for address in asked:
        assert client_of("analyst").get(address, {"as_of": AS_OF}).status_code == 200


def test_the_parts_stand_with_their_sum_and_in_the_windows_zone():
    order = paid(20_00, on="2026-03-10T23:30:00+00:00", by=person(), reference="R1")
    refunded(order, 5_00, on="2026-03-12")

    html = page("net_sales", zone="Pacific/Kiritimati")

    assert adds(html) == ["-£5.00", "£20.00", "£15.00"]
    assert "<h1>Net sales: £15.00</h1>" in html
    assert re.findall(r'<th scope="row">(R1)</th>', html)
    assert "2026-03-11 13:30" in html
    assert "Made of 2 parts" in html


def test_pages_follow_one_another_and_each_says_its_own_sum(monkeypatch):
    monkeypatch.setattr(explanations, "PAGE_SIZE", 2)
    for n in range(3):
        paid(100 + n, on=f"2026-03-1{n}")

    first, second = page("revenue"), page("revenue", page="2")

    assert adds(first) == ["£1.02", "£1.01", "£2.03", "£3.03"]
    assert adds(second) == ["£1.00", "£1.00", "£3.03"]
    assert Tags(first).asked() == [{"as_of": AS_OF, "page": "2"}]
    assert Tags(second).asked() == [{"as_of": AS_OF, "page": "1"}]
    assert adds(page("revenue", page="3")) == ["£0.00", "£3.03"]


def test_a_quotient_leads_to_what_it_is_made_of():
    html = page("aov", days="7")

    assert "aov is a quotient: ask for the parts of revenue and orders." in html
    assert {
        "/analytics/parts/revenue/?as_of=2026-03-30&days=7",
        "/analytics/parts/orders/?as_of=2026-03-30&days=7",
    } <= {link.replace("&amp;", "&") for link in Tags(html).links()}


@pytest.mark.parametrize("slug", KPIS)
def test_every_kpi_has_a_page(slug):
    make_one(5)

    assert KPIS[slug].name in page(slug)


def test_what_is_not_known_says_why():
    assert KPIS["net_cash"].unknown in unescape(page("net_cash"))


def test_where_nothing_adds_to_it_the_page_says_so():
    assert "Nothing in this window adds to it." in page("revenue")


@pytest.mark.parametrize(
    ("slug", "query", "message"),
    [
        ("nothing", {}, "kpi must be one of"),
        ("revenue", {"page": "0"}, "page must be"),
        ("revenue", {"page": "-1"}, "page must be"),
        ("aov", {"page": "x"}, "page must be"),
        ("revenue", {"days": "4"}, "days must be one of"),
        ("revenue", {"known_at": "soon"}, "known_at must be an instant"),
        ("aov", {"currency": "<b>"}, "currency must be"),
    ],
)
def test_a_wrong_question_is_refused_in_words(slug, query, message):
    assert message in page(slug, 400, **query)


def test_what_a_part_is_called_is_shown_and_never_markup():
    paid(1_00, on="2026-03-10", reference="<script>alert(1)</script>")

    html = page("revenue")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html
