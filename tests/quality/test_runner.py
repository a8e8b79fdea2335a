"""The runner: a crash is a failure, a check cannot write, and issues follow what is found."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import DatabaseError

from revenue_intel.issues.models import Issue
from revenue_intel.issues.services import open_issue
from revenue_intel.quality.base import Check, Finding
from revenue_intel.quality.runner import run_all, run_one
from tests.factories import make_product
from tests.host.models import Product

pytestmark = pytest.mark.django_db


def check_of(*subjects: str, slug: str = "planted", severity: Issue.Severity = Issue.Severity.ERROR) -> Check:
    findings = [
        Finding(subject=subject, message=f"{subject} is wrong", detail={"n": 1}) for subject in subjects
    ]
    return Check(slug=slug, title="Planted", severity=severity, run=lambda: findings)


def crash() -> list[Finding]:
    raise KeyError("the field that is gone")


CRASHING = Check(slug="planted", title="Planted", severity=Issue.Severity.ERROR, run=crash)


def test_a_check_without_findings_passes():
    result = run_one(check_of())

    assert result.passed
    assert result.seconds >= 0


def test_a_check_that_crashes_is_contained_logged_and_not_passed(caplog):
    with caplog.at_level(logging.ERROR):
        result = run_one(CRASHING)

    assert not result.passed
    assert result.crash == "KeyError"
    assert "The check planted crashed." in caplog.text
    assert "the field that is gone" in caplog.text


def test_a_crash_does_not_keep_the_other_checks_from_running():
    results = run_all([CRASHING, check_of("a", slug="other")])

    assert [len(result.findings) for result in results] == [0, 1]


def test_a_check_that_writes_crashes_and_has_written_nothing():
    def write() -> Any:
        return [make_product("Planted")]

    result = run_one(Check(slug="planted", title="", severity=Issue.Severity.ERROR, run=write))

    assert result.crash
    assert not Product.objects.exists()
    make_product("After the check, writing works again")


def test_a_query_that_fails_does_not_harm_what_comes_after():
    def fail() -> list[Finding]:
        raise DatabaseError

    assert run_one(Check(slug="planted", title="", severity=Issue.Severity.ERROR, run=fail)).crash
    assert not Product.objects.exists()


def test_a_finding_opens_an_issue():
    run_all([check_of("a", severity=Issue.Severity.WARNING)])

    issue = Issue.objects.get()
    assert (issue.kind, issue.subject, issue.status) == ("check:planted", "a", "open")
    assert (issue.title, issue.detail, issue.severity) == ("a is wrong", {"n": 1}, "warning")


def test_the_same_finding_again_is_the_same_issue():
    run_all([check_of("a")])
    run_all([check_of("a")])

    assert Issue.objects.count() == 1


def test_a_finding_that_vanished_resolves_its_issue_and_no_other():
    open_issue(kind="payment", subject="a", title="From the webhook path")
    run_all([check_of("a", "b"), check_of("a", slug="other")])

    run_all([check_of("b")])

    still_open = Issue.objects.filter(status="open").values_list("kind", "subject")
    assert set(still_open) == {("payment", "a"), ("check:planted", "b"), ("check:other", "a")}


def test_a_finding_that_comes_back_reopens_its_issue():
    run_all([check_of("a")])
    run_all([check_of()])

    run_all([check_of("a")])

    issue = Issue.objects.get()
    assert issue.status == "open"
    assert issue.resolved_at is not None
    assert issue.reopened_at is not None
    assert issue.resolved_at <= issue.reopened_at


def test_a_crash_resolves_nothing():
    run_all([check_of("a")])

    run_all([CRASHING])

    assert Issue.objects.get().status == "open"


def test_a_subject_too_long_for_its_column_still_resolves():
    run_all([check_of("x" * 300)])
    run_all([check_of("x" * 300)])
    assert Issue.objects.get().status == "open"

    run_all([check_of()])

    assert Issue.objects.get().status == "resolved"


@pytest.mark.django_db(transaction=True)
def test_outside_any_transaction_a_check_cannot_write_either():
    def write() -> Any:
        return [make_product("Planted")]

    assert run_one(Check(slug="planted", title="", severity=Issue.Severity.ERROR, run=write)).crash
    assert not Product.objects.exists()
    make_product("After the check, writing works again")
