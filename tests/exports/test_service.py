"""An export proves itself, leaves a trace, and is refused rather than wrong."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from revenue_intel.audit.models import AuditEvent
from revenue_intel.exceptions import ContractViolation, InvalidWindowError
from revenue_intel.exports import service
from revenue_intel.exports.datasets.base import Dataset
from revenue_intel.issues.selectors import open_issues
from tests.factories_facts import paid, person

pytestmark = pytest.mark.django_db


def test_the_manifest_says_what_is_in_the_file(make):
    paid(10_00, on="2026-03-01", by=person("ada@example.com"))
    paid(500, on="2026-03-01", currency="jpy")

    made = make("orders")

    assert made.manifest() == {
        "export": "orders",
        "contract_version": "1.0.0",
        "days": 30,
        "first_day": "2026-03-01",
        "as_of": "2026-03-30",
        "time_zone": "UTC",
        "currency": "gbp",
        "livemode": False,
        "account": "",
        "known_at": None,
        "filename": "orders_30d_gbp_test_2026-03-30.csv",
        "rows": 1,
        "sha256": hashlib.sha256(made.file.read()).hexdigest(),
        "other_currencies": ["jpy"],
    }


def test_a_file_of_all_windows_says_so(make):
    made = make("kpi-summary", days="all", currency="jpy")

    assert made.filename == "kpi-summary_all_jpy_test_2026-03-30.csv"
    assert (made.manifest()["days"], made.manifest()["first_day"]) == ("all", "2025-12-31")


def test_the_audit_log_holds_who_what_and_the_proof_and_no_address(make):
    paid(10_00, on="2026-03-01", by=person("ada@example.com"))

    made = make("orders", actor="user:42")

    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.subject) == ("user:42", "export.created", "orders")
    assert event.detail == made.manifest()
    assert "ada@" not in str(event.detail)


def test_a_wrong_question_leaves_no_trace(make):
    with pytest.raises(InvalidWindowError):
        make("orders", days=8)

    assert not AuditEvent.objects.exists()


def test_a_value_against_the_contract_refuses_the_whole_file(make):
    paid(10_00, on="2026-03-01")
    paid(-10_00, on="2026-03-02", reference="SECRET")

    with pytest.raises(ContractViolation, match="Row 2, column Total: is less than 0"):
        make("orders")

    event = AuditEvent.objects.get()
    assert (event.action, event.subject, event.detail["days"]) == ("export.refused", "orders", 30)
    issue = open_issues().get()
    assert (issue.kind, issue.subject, issue.severity) == ("export_contract", "orders 30 gbp test", "error")
    assert "SECRET" not in f"{issue.title}{issue.detail}{event.detail}"


def test_a_good_file_of_the_same_kind_settles_the_issue(make):
    order = paid(-10_00, on="2026-03-01")
    with pytest.raises(ContractViolation):
        make("orders")
    order.total_minor = 10_00
    order.save()

    make("products")
    assert open_issues().count() == 1

    make("orders")
    assert not open_issues().exists()


@pytest.mark.parametrize(
    "rows", [[("Mug", 1, "10.00")], [("Mug", 1)], [("Mug", 1.0, None)], [("Mug", True, None)]]
)
def test_values_of_the_wrong_type_or_number_are_refused(make, monkeypatch, rows):
    dataset = Dataset(expected_rows=len(rows), rows=iter(rows))
    monkeypatch.setattr(service, "DATASETS", {"products": lambda _questions: dataset})

    with pytest.raises(ContractViolation, match="Row 1"):
        make("products")


def test_a_file_that_was_cut_short_is_refused(make, monkeypatch):
    dataset = Dataset(expected_rows=1, rows=iter([]))
    monkeypatch.setattr(service, "DATASETS", {"products": lambda _questions: dataset})

    with pytest.raises(ContractViolation, match="0 rows were written; there are 1"):
        make("products")


def test_a_failure_of_another_kind_closes_the_file_and_goes_up(make, monkeypatch):
    def fail(_questions):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(service, "DATASETS", {"products": fail})

    with pytest.raises(RuntimeError, match="gone"):
        make("products")

    assert not AuditEvent.objects.exists()


def test_a_large_file_moves_to_the_disk(make, monkeypatch):
    monkeypatch.setattr(service, "SPOOL_BYTES", 10)
    paid(10_00, on="2026-03-01")

    made = make("orders")

    assert made.file._rolled
    assert made.file.read().startswith(b"OrderID,")


def test_fractions_of_a_second_are_dropped(make):
    paid(10_00, on="2026-03-01", created_at=datetime(2026, 3, 1, 8, 0, 0, 999_999, tzinfo=UTC))

    assert b"2026-03-01T08:00:00Z" in make("orders").file.read()
