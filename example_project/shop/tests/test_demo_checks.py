"""What the data checks find ends a strict demo; advice, and a shop to be served, it only tells."""

from __future__ import annotations

from io import StringIO

import pytest
from demo import proofs
from demo.stage import Stage, StepFailed

from revenue_intel.issues.models import Issue
from revenue_intel.quality.base import Check, Finding

pytestmark = pytest.mark.django_db


def find(monkeypatch: pytest.MonkeyPatch, *, is_advisory: bool) -> None:
    """Let the only check there is find something."""
    check = Check(
        slug="odd",
        title="Odd",
        severity=Issue.Severity.WARNING,
        run=lambda: [Finding(subject="it", message="It is odd.")],
        advisory=is_advisory,
    )
    monkeypatch.setattr(proofs, "CHECKS", (check,))


@pytest.mark.parametrize("is_strict", [True, False])
def test_advice_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch, is_strict: bool) -> None:
    find(monkeypatch, is_advisory=True)
    out = StringIO()

    proofs.run_checks(Stage(out), is_strict=is_strict)

    assert "It is odd." in out.getvalue()


def test_a_finding_ends_a_strict_demo_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    find(monkeypatch, is_advisory=False)

    with pytest.raises(StepFailed, match="To begin anew, delete"):
        proofs.run_checks(Stage(StringIO()), is_strict=True)


def test_an_error_in_a_shop_to_be_served_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    find(monkeypatch, is_advisory=False)
    out = StringIO()

    proofs.run_checks(Stage(out), is_strict=False)

    assert "WARNING: The checks found something (odd)" in out.getvalue()
