"""``run_checks`` fails when a check crashed, always, and on findings and open errors when asked."""

from __future__ import annotations

import json
from io import StringIO, TextIOWrapper
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.issues.models import Issue
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.quality.base import Check, Finding
from revenue_intel.quality.registry import CHECKS
from revenue_intel.quality.report import SHOWN, as_json, as_table, choose_marks
from revenue_intel.quality.runner import run_all

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    output = StringIO()
    call_command("run_checks", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def break_schema() -> Any:
    """Take away a column that a check reads, as a half-done deployment does."""
    from django.db import connection

    def rename() -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE revenue_intel_orderfact RENAME COLUMN total_minor TO gone")

    return rename


def test_with_nothing_wrong_every_check_passes():
    table = run("--fail-on-issues")

    assert f"{len(CHECKS)} of {len(CHECKS)} checks passed" in table
    assert table.count("✓") == len(CHECKS)
    assert "✗" not in table


def test_findings_alone_do_not_fail_the_command(payment):
    payment("pi_1", 1000)

    table = run()

    assert "✗  payment-without-order" in table
    assert "Payment pi_1 has no paid order" in table


def test_findings_fail_it_when_asked(payment):
    payment("pi_1", 1000)

    with pytest.raises(CommandError, match="findings") as failure:
        run("--fail-on-issues")

    assert failure.value.returncode == 1


def test_findings_of_a_warning_fail_it_too(monkeypatch):
    finding = Finding(subject="a", message="a is odd")
    check = Check(slug="odd", title="Odd", severity=Issue.Severity.WARNING, run=lambda: [finding])
    monkeypatch.setattr("revenue_intel.management.commands.run_checks.CHECKS", (check,))

    with pytest.raises(CommandError, match="1 findings; 0 open"):
        run("--fail-on-issues")


def test_an_open_error_from_the_webhook_path_fails_it_when_asked():
    open_issue(kind="payment_mismatch", subject="pi_1", title="A payment does not fit")

    with pytest.raises(CommandError, match="1 open issues"):
        run("--fail-on-issues")

    resolve_issue(kind="payment_mismatch", subject="pi_1")
    run("--fail-on-issues")


def test_an_open_warning_from_elsewhere_does_not():
    open_issue(kind="other", subject="x", title="", severity=Issue.Severity.WARNING)

    run("--fail-on-issues")


def test_a_check_that_crashes_on_a_missing_column_fails_the_command_even_unasked(break_schema):
    break_schema()

    with pytest.raises(CommandError, match="Crashed") as failure:
        run("ledger-orders", "stock-drift")

    assert failure.value.returncode == 1
    assert "ledger-orders" in str(failure.value)
    assert "stock-drift" not in str(failure.value)


def test_only_the_named_checks_run(payment):
    payment("pi_1", 1000)

    assert "1 of 1 checks passed" in run("stock-drift")


def test_an_unknown_check_is_answered_with_the_known_ones():
    with pytest.raises(CommandError, match=r"There is no check nonesuch\. There are: payment-without-order"):
        run("nonesuch")


def test_the_list_names_every_check_and_runs_none(payment):
    payment("pi_1", 1000)

    listed = run("--list")

    assert [line.split()[0] for line in listed.splitlines()] == [check.slug for check in CHECKS]
    assert not Issue.objects.exists()


def test_json_says_the_same_to_machines(payment):
    payment("pi_1", 1000)

    said = json.loads(run("--format", "json"))

    by_slug = {check["check"]: check for check in said["checks"]}
    assert said["passed"] is False
    assert said["open_errors"] >= 1
    assert by_slug["stock-drift"]["passed"] is True
    assert by_slug["payment-without-order"]["crash"] is None
    assert by_slug["payment-without-order"]["findings"][0]["subject"] == "pi_1"


def test_many_findings_are_cut_short_in_the_table_and_all_become_issues():
    findings = [Finding(subject=str(n), message=f"number {n}.") for n in range(SHOWN + 2)]
    check = Check(slug="many", title="Many", severity=Issue.Severity.ERROR, run=lambda: findings)

    table = as_table(run_all([check]), open_errors=0, encoding="utf-8")

    assert "12 found" in table
    assert "number 9." in table
    assert "number 10." not in table
    assert "and 2 more" in table
    assert Issue.objects.count() == 12


def test_a_crash_is_told_in_the_table():
    def crash() -> list[Finding]:
        raise ZeroDivisionError

    check = Check(slug="planted", title="", severity=Issue.Severity.ERROR, run=crash)

    assert "✗  planted  crashed (ZeroDivisionError)" in as_table(
        run_all([check]), open_errors=0, encoding=None
    )


def test_where_ticks_cannot_be_shown_words_stand_in_for_them():
    assert choose_marks("ascii") == ("ok", "NO")
    assert choose_marks("utf-8") == ("✓", "✗")


def test_a_narrow_output_is_no_crash(payment, tmp_path):
    payment("pi_1", 1000)

    with (tmp_path / "out.txt").open("wb") as raw, TextIOWrapper(raw, encoding="ascii") as narrow:
        call_command("run_checks", stdout=narrow)

    assert "NO  payment-without-order" in (tmp_path / "out.txt").read_text()


def test_the_checks_have_names_of_their_own_that_fit_an_issue():
    kinds = [check.kind for check in CHECKS]

    assert len(set(kinds)) == len(kinds)
    assert max(map(len, kinds)) <= (Issue._meta.get_field("kind").max_length or 0)


def test_advice_is_marked_to_look_at_and_passes():
    check = Check(
        slug="planted",
        title="Planted",
        severity=Issue.Severity.WARNING,
        run=lambda: [Finding(subject="a day", message="That was a day.")],
        advisory=True,
    )
    results = run_all([check])

    table = as_table(results, open_errors=0, encoding="utf-8")

    assert "!  planted  1 found" in table
    assert "planted (to look at):\n  That was a day." in table
    assert "1 of 1 checks passed" in table
    assert as_json(results, open_errors=0)["passed"]
