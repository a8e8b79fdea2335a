"""What a check is. A new one is a function, a ``Check`` beside it and a line in ``registry.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from revenue_intel.issues.models import Issue

#: What an issue of a check is called, unless it says otherwise: ``check:<slug>``.
KIND_PREFIX = "check:"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    ``subject`` says what with (a reference or a Stripe id, never personal data) and is the same at
    every run: issues are opened and resolved by it. ``detail`` holds plain JSON values. ``kind`` is the
    kind of its issue where that is not the check's own, because somebody else has opened it already.
    """

    subject: str
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One promise about the data, as a function that yields what breaks it and writes nothing.

    ``issue_kind`` is for a check of what is also noticed elsewhere: one trouble is one issue. What an
    ``advisory`` check finds is for a person to look at and breaks nothing: no command fails because of it.
    """

    slug: str
    title: str
    severity: Issue.Severity
    run: Callable[[], Iterable[Finding]]
    issue_kind: str = ""
    advisory: bool = False

    @property
    def kind(self) -> str:
        """The kind of the issues that this check opens and resolves: ``issue_kind``, or named for the check."""
        return self.issue_kind or KIND_PREFIX + self.slug


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one run of a check. ``crash`` is the name of the error that ended it, or empty."""

    check: Check
    findings: tuple[Finding, ...]
    seconds: float
    crash: str = ""

    @property
    def passed(self) -> bool:
        """Whether the check ran to its end and found nothing that breaks its promise: advice breaks none."""
        return not self.crash and (self.check.advisory or not self.findings)
