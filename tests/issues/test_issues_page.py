"""The issues page: what needs a person, readable and safe to look at."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from revenue_intel.dashboard.issues_view import PAGE_SIZE
from revenue_intel.issues.services import open_issue, resolve_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    client.force_login(User.objects.create_superuser("boss"))

    def get(**query: str) -> str:
        answer = client.get(reverse("monitoring:monitoring-issues"), query)
        assert answer.status_code == 200
        return str(answer.content.decode())

    return get


def test_nothing_open_is_said_in_words(page):
    assert "Nothing is open" in page()
    assert "Nothing has been resolved yet" in page(status="resolved")


def test_open_issues_are_listed(page):
    open_issue(kind="check:stock-drift", subject="shop.Product:7:stock", title="Counter adrift")

    html = page()

    for text in ("Error", "check:stock-drift", "shop.Product:7:stock", "Counter adrift"):
        assert text in html


def test_resolved_issues_have_a_list_of_their_own(page):
    open_issue(kind="payment", subject="pi_1", title="First")
    open_issue(kind="payment", subject="pi_2", title="Second")
    resolve_issue(kind="payment", subject="pi_1")

    assert "Second" in page()
    assert "First" not in page()
    assert "First" in page(status="resolved")


def test_an_issue_that_came_back_says_so(page):
    open_issue(kind="payment", subject="pi_1", title="First")
    resolve_issue(kind="payment", subject="pi_1")
    open_issue(kind="payment", subject="pi_1", title="First")

    assert "again" in page()


def test_what_others_wrote_is_escaped(page):
    open_issue(kind="payment", subject="<img src=x>", title="<script>alert(1)</script>")

    html = page()

    assert "<script>alert" not in html
    assert "<img src=x>" not in html
    assert "&lt;script&gt;alert" in html


def test_many_issues_come_in_pages(page):
    for number in range(PAGE_SIZE + 1):
        open_issue(kind="payment", subject=f"pi_{number}", title=f"Payment {number}.")

    assert "Page 1 of 2" in page()
    assert f"{PAGE_SIZE + 1} open" in page()
    assert "Payment 0." not in page()
    assert "Payment 0." in page(page="2")


@pytest.mark.parametrize("query", [{"status": "nonsense"}, {"page": "abc"}, {"page": "999"}, {"page": "-1"}])
def test_nonsense_in_the_address_is_answered_with_the_open_issues(page, query):
    open_issue(kind="payment", subject="pi_1", title="First")

    assert "First" in page(**query)


def test_the_number_of_queries_does_not_grow_with_the_issues(page, django_assert_max_num_queries):
    for number in range(20):
        open_issue(kind="payment", subject=f"pi_{number}", title="")

    with django_assert_max_num_queries(5):  # session, user, count, page, events
        page()
