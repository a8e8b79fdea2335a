"""Issues open once, resolve, and reopen, each with its time."""

from __future__ import annotations

import pytest

from revenue_intel.issues.models import Issue
from revenue_intel.issues.selectors import open_issues
from revenue_intel.issues.services import open_issue, resolve_issue

pytestmark = pytest.mark.django_db


def test_an_issue_opens_with_its_time():
    issue = open_issue(kind="payment", subject="pi_1", title="No order", detail={"amount_minor": 5})

    assert issue.status == "open"
    assert issue.opened_at is not None
    assert (issue.resolved_at, issue.reopened_at) == (None, None)
    assert str(issue) == "No order"


def test_opening_it_again_leaves_it_as_it_is():
    first = open_issue(kind="payment", subject="pi_1", title="No order")

    again = open_issue(kind="payment", subject="pi_1", title="Still no order")

    assert again.pk == first.pk
    assert Issue.objects.get().title == "No order"


def test_another_kind_or_subject_is_another_issue():
    open_issue(kind="payment", subject="pi_1", title="")
    open_issue(kind="payment", subject="pi_2", title="")
    open_issue(kind="stock", subject="pi_1", title="")

    assert Issue.objects.count() == 3


def test_resolving_says_whether_there_was_one():
    open_issue(kind="payment", subject="pi_1", title="No order")

    assert resolve_issue(kind="payment", subject="pi_1") is True
    assert resolve_issue(kind="payment", subject="pi_1") is False
    issue = Issue.objects.get()
    assert issue.status == "resolved"
    assert issue.resolved_at is not None
    assert issue.resolved_at >= issue.opened_at


def test_a_resolved_issue_reopens_with_the_news():
    open_issue(kind="payment", subject="pi_1", title="No order")
    resolve_issue(kind="payment", subject="pi_1")

    open_issue(
        kind="payment", subject="pi_1", title="Again", detail={"n": 2}, severity=Issue.Severity.WARNING
    )

    issue = Issue.objects.get()
    assert (issue.status, issue.title, issue.detail, issue.severity) == ("open", "Again", {"n": 2}, "warning")
    assert issue.resolved_at is not None
    assert issue.reopened_at is not None
    assert issue.reopened_at >= issue.resolved_at


def test_open_issues_can_be_asked_for_by_kind():
    open_issue(kind="payment", subject="pi_1", title="")
    open_issue(kind="stock", subject="1", title="")
    resolve_issue(kind="stock", subject="1")

    assert [issue.kind for issue in open_issues()] == ["payment"]
    assert list(open_issues(kinds=["stock"])) == []
    assert open_issues(kinds=["payment"]).count() == 1
