"""The dashboard shows the true numbers, to those who may see them, and refuses nonsense in words."""

from __future__ import annotations

import pytest

from revenue_intel.dashboard.context import HIDDEN_AT_ZERO
from revenue_intel.issues.services import open_issue
from revenue_intel.kit import clock
from revenue_intel.kpis.registry import KPIS
from tests.dashboard.reading import Tags, cards, mood, rows, text_of
from tests.factories_facts import paid, person, refunded
from tests.factories_users import client_of

pytestmark = pytest.mark.django_db

URL = "/analytics/dashboard/"
AS_OF = "2026-03-30"


def ask(role="analyst", **query):
    return client_of(role).get(URL, {"as_of": AS_OF, **query})


def page(role="analyst", **query):
    answer = ask(role, **query)
    assert answer.status_code == 200
    return text_of(answer)


def test_the_cards_show_the_true_numbers_and_those_of_the_window_before():
    ada = person("ada@example.com")
    refunded(paid(1_000_00, on="2026-03-29", by=ada), 250_00, on="2026-03-30")
    paid(500_50, on="2026-03-30", by=ada)
    paid(1_000_00, on="2026-03-20", by=person("eve@example.com"))
    paid(7_00, on="2026-03-29", currency="jpy")

    html = page(days=7)

    shown = cards(html)
    expected = {
        "Revenue": ("£1,500.50", "+50.1 %", "£1,000.00"),
        "Orders": ("2", "+100.0 %", "1"),
        "Average order value": ("£750.25", "−25.0 %", "£1,000.00"),
        "Refunded": ("£250.00", "from nothing", "£0.00"),
        "Refunded orders": ("1", "from nothing", "0"),
        "Refund rate": ("50.00 %", "+50.00 points", "0.00 %"),
        "Customers": ("1", "unchanged", "1"),
        "Repeat customers": ("1", "from nothing", "0"),
        "Repeat rate": ("100.00 %", "+100.00 points", "0.00 %"),
        "Wishlisted": ("0", "unchanged", "0"),
        "Purchased": ("1", "unchanged", "1"),
        "New customers": ("1", "unchanged", "1"),
        "Net sales": ("£1,250.50", "+25.1 %", "£1,000.00"),
    }
    assert {name: shown[name] for name in expected} == expected
    assert "Compared with 17 Mar – 23 Mar 2026" in " ".join(html.split())


def test_more_is_good_except_of_what_nobody_wants():
    refunded(paid(10_00, on="2026-03-30"), 1_00, on="2026-03-30")

    html = page(days=7)

    assert (mood(html, "Revenue"), mood(html, "Refunded"), mood(html, "Customers")) == ("good", "bad", "flat")


def test_a_number_without_a_comparison_says_so():
    paid(10_00, on="2026-03-30")

    assert cards(page(days=7))["Average order value"] == ("£10.00", "no comparison", "–")


def test_a_window_in_which_more_refunds_failed_than_were_made_is_not_compared():
    order = paid(10_00, on="2026-03-01")
    refunded(order, 4_00, on="2026-03-02", failed="2026-03-20")
    refunded(order, 3_00, on="2026-03-30")

    html = page(days=7)

    assert cards(html)["Refunded"] == ("£3.00", "no comparison", "-£4.00")
    assert mood(html, "Refunded") == "flat"


def test_orders_of_nobody_known_are_shown_where_there_are_some():
    assert "Orders of nobody known" not in cards(page(days=7))

    paid(10_00, on="2026-03-30")

    assert cards(page(days=7))["Orders of nobody known"][0] == "1"


def test_every_number_shown_is_explained():
    html = page()

    for name, kpi in (
        (kpi.name, kpi)
        for kpi in KPIS.values()
        if not (kpi.of_subscriptions or kpi.of_stock) and kpi.slug not in HIDDEN_AT_ZERO
    ):
        assert f"<dt>{name}</dt><dd>{kpi.formula}</dd>" in html


@pytest.mark.parametrize("role", ["analyst", "ops", "admin"])
def test_links_to_exports_and_issues_are_for_those_who_may_follow_them(role):
    open_issue(kind="payment", subject="pi_1", title="First")

    links = Tags(page(role)).links()

    assert any(link.startswith("/analytics/exports/orders/") for link in links) == (role != "ops")
    assert ("/monitoring/issues/" in links) == (role != "analyst")
    assert "/" in links


def test_every_link_on_the_page_leads_somewhere():
    client = client_of("admin")
    paid(5_00, on="2026-03-29", currency="jpy")

    for link in Tags(text_of(client.get(URL, {"as_of": AS_OF}))).links():
        if link not in {"/", "#content"}:
            answer = client.get(f"{URL}{link}" if link.startswith("?") else link)
            assert answer.status_code == 200, link
            assert b"".join(answer), link  # a file is closed by being read


def test_the_switches_keep_the_day_and_the_currency():
    paid(5_00, on="2026-03-29", currency="jpy")

    tags = Tags(page(days=7, currency="jpy"))

    links = tags.asked()
    assert {"days": "90", "currency": "jpy", "as_of": AS_OF} in links
    assert {"days": "7", "currency": "gbp", "as_of": AS_OF} in links
    assert {"days": "7", "currency": "jpy"} in links
    assert tags.asked("/analytics/exports/orders/") == [{"days": "7", "currency": "jpy", "as_of": AS_OF}]


def test_live_money_of_an_account_in_another_zone_is_shown_where_it_is_asked_for_and_the_links_keep_it():
    paid(7_00, on="2026-03-30T12:30:00+00:00", livemode=True, account="acct_1")
    paid(1_00, on="2026-03-30")
    wanted = {"livemode": "true", "account": "acct_1", "zone": "Pacific/Kiritimati", "as_of": "2026-03-31"}

    html = page(**wanted)

    tags = Tags(html)
    assert cards(html)["Revenue"][0] == "£7.00"
    assert "test mode" not in html
    assert '<strong class="tag">acct_1</strong>' in html
    assert "Pacific/Kiritimati" in html
    assert {**wanted, "days": "90"} in tags.asked()
    (download,) = tags.asked("/analytics/exports/orders/")
    assert download == {**wanted, "days": "30", "currency": "gbp"}
    assert cards(page(**wanted | {"as_of": AS_OF}))["Revenue"][0] == "£0.00"


def test_the_page_of_an_earlier_knowledge_says_so_and_offers_the_downloads_of_then():
    paid(7_00, on="2026-03-30")
    then = clock.now().isoformat()
    paid(1_00, on="2026-03-29")

    html = page(known_at=then)

    assert cards(html)["Revenue"][0] == "£7.00"
    assert '<strong class="tag">as known at ' in html
    assert not Tags(html).asked("/analytics/exports/orders/")
    assert Tags(html).asked("/analytics/exports/products/")[0]["known_at"] == then
    assert {"days": "90", "as_of": AS_OF, "known_at": then} in Tags(html).asked()
    assert cards(page())["Revenue"][0] == "£8.00"


def test_test_money_says_so():
    assert '<strong class="tag">test mode</strong>' in page(livemode="false")


def test_without_a_day_the_page_ends_today_which_is_not_over():
    html = text_of(client_of("analyst").get(URL))

    assert "is not over yet." in html
    assert 'class="bar hatched"' in html
    assert "as_of" not in "".join(link for link in Tags(html).links() if "exports" not in link)


def test_a_currency_alone_offers_no_choice():
    paid(5_00, on="2026-03-29")

    assert 'aria-label="Currency"' not in page()


def test_before_the_first_payment_it_says_so():
    html = page()

    assert "No payments yet" in html
    assert "No sale in these 30 days." in html
    assert rows(html)[0] == ("2026-03-30", "£0.00", "0")


def test_after_the_first_payment_it_does_not():
    paid(5_00, on="2026-03-29")

    assert "No payments yet" not in page()


def test_an_open_error_puts_the_numbers_in_doubt():
    assert "In doubt." not in page()

    open_issue(kind="payment", subject="pi_1", title="First")

    html = page("ops")
    assert "In doubt." in html
    assert '1 open issue – <a href="/monitoring/issues/">see it</a>' in html


def test_live_money_is_not_called_test_money(settings):
    assert "test mode" in page()

    settings.REVENUE_INTEL_LIVEMODE = True

    assert "test mode" not in page()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"days": "abc"}, "days must be one of 7, 30, 90."),
        ({"days": "13"}, "days must be one of 7, 30, 90."),
        ({"days": "all"}, "days must be one of 7, 30, 90."),
        ({"days": "\x00"}, "days must be one of 7, 30, 90."),
        ({"currency": "xx"}, "currency must be a three-letter code"),
        ({"currency": "\x00"}, "currency must be a three-letter code"),
        ({"as_of": "nonsense"}, "as_of must be a day"),
        ({"as_of": ""}, "as_of must be a day"),
        ({"as_of": "0001-01-01"}, "as_of must be between"),
        ({"livemode": "maybe"}, "livemode must be true or false."),
        ({"account": "a'b"}, "account must be empty"),
        ({"zone": "Mars/Base"}, "zone must be the name of a time zone"),
        ({"known_at": "soon"}, "known_at must be an instant"),
        ({"complete_days": "1"}, "complete_days must be true or false."),
    ],
)
def test_a_wrong_question_is_refused_in_words_with_a_way_out(query, words):
    answer = ask(**query)

    assert answer.status_code == 400
    assert words in text_of(answer)
    assert f"{URL}?days=30" in Tags(text_of(answer)).links()


def test_what_is_in_the_address_does_not_get_into_the_page():
    for query in ({"currency": "<script>alert(1)</script>"}, {"days": "<img src=x>"}):
        assert "<script>alert" not in text_of(ask(**query))
        assert "<img" not in text_of(ask(**query))


@pytest.mark.parametrize(("role", "status"), [("anonymous", 302), ("customer", 403)])
@pytest.mark.parametrize("query", [{}, {"days": "abc"}])
def test_others_are_sent_away_whatever_they_ask(role, status, query):
    assert ask(role, **query).status_code == status


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_for_reading(method):
    assert getattr(client_of("admin"), method)(URL).status_code == 405


def test_it_is_kept_out_of_shared_caches():
    assert ask()["Cache-Control"] == "private, no-store"
    assert ask(days="abc")["Cache-Control"] == "private, no-store"


def test_the_number_of_queries_does_not_grow_with_the_orders(django_assert_max_num_queries):
    for day in range(10, 30):
        paid(5_00, on=f"2026-03-{day}")
    client = client_of("admin")

    with django_assert_max_num_queries(20):
        client.get(URL, {"as_of": AS_OF, "days": "90"})
