"""Make an export: all of it checked before any of it is handed over, and the audit log told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Final, Literal, Unpack

from revenue_intel.audit.services import record_action
from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import ContractViolation, InvalidWindowError
from revenue_intel.exports.contracts import ExportContract, ExportName, load_export_contract
from revenue_intel.exports.datasets.registry import DATASETS
from revenue_intel.exports.writers import Written, write_csv
from revenue_intel.issues.services import open_issue, resolve_issue
from revenue_intel.kpis.known import check_known
from revenue_intel.kpis.questions import Question, ScopeArguments, ask
from revenue_intel.kpis.service import read_currencies
from revenue_intel.kpis.snapshot import one_snapshot

#: A file up to this size stays in memory; a larger one goes to the disk.
SPOOL_BYTES: Final = 1_048_576

ISSUE_KIND: Final = "export_contract"
#: Exports that cannot be made again as of an instant, and what of them is kept as it is now alone.
OF_NOW_ONLY: Final[Mapping[str, str]] = {
    "orders": "e-mail addresses, and the states of orders and refunds, are",
    "customers": "e-mail addresses are",
}


@dataclass(frozen=True, kw_only=True)
class Export:
    """A finished file, at its beginning, and what can be said of it. Whoever takes it closes ``file``."""

    contract: ExportContract
    questions: tuple[Question, ...]
    other_currencies: tuple[str, ...]
    written: Written
    file: IO[bytes]

    @property
    def filename(self) -> str:
        """A name that says what is inside."""
        question = self.questions[0]
        days = "all" if len(self.questions) > 1 else f"{question.window.days}d"
        scope = question.scope
        money = [scope.currency, "" if scope.livemode else "test", scope.account]
        if question.known_at:
            money.append(f"known{question.known_at:%Y%m%dT%H%M%SZ}")
        return f"{self.contract.name}_{days}_{'_'.join(filter(None, money))}_{question.window.last_day}.csv"

    def manifest(self) -> dict[str, Any]:
        """Return what proves the file: plain JSON values, no personal data."""
        return {
            **describe(self.contract, self.questions),
            "filename": self.filename,
            "rows": self.written.rows,
            "sha256": self.written.sha256,
            "other_currencies": list(self.other_currencies),
        }


def export(
    *,
    name: ExportName,
    days: int | Literal["all"],
    actor: str,
    known_at: datetime | None = None,
    **asked: Unpack[ScopeArguments],
) -> Export:
    """Make one export.

    Args:
        name: which one.
        days: one of ``REVENUE_INTEL_WINDOWS_DAYS``; ``"all"`` of them, for kpi-summary only.
        actor: who asks, for the audit log: ``user:<key>`` or ``command:<name>``.
        known_at: an aware instant: write what was known then (``docs/howto/known-at.md``). Slower.
        asked: currency, as_of, livemode, account, zone and complete_days, as for ``kpis.service.compute``.

    Raises:
        InvalidWindowError: the window, day, currency or instant is not valid, or the export is one of
            ``OF_NOW_ONLY`` and asked as of an instant.
        ContractViolation: a value breaks the contract. Nothing is handed over; an issue is open.
    """
    if known_at is not None and name in OF_NOW_ONLY:
        raise InvalidWindowError(
            f"known_at is not for the export {name}: {OF_NOW_ONLY[name]} kept as of now."
        )
    questions = questions_of(name, days, known_at, **asked)
    contract = load_export_contract(name)
    about = describe(contract, questions)
    file: IO[bytes] = SpooledTemporaryFile(max_size=SPOOL_BYTES, mode="w+b")  # noqa: SIM115 - the caller closes it
    try:
        with one_snapshot():
            check_known(known_at)
            written = write(contract, questions, file=file)
            present = read_currencies(questions[0])
    except ContractViolation as refusal:
        file.close()
        record_refusal(about, refusal, actor=actor)
        raise
    except BaseException:
        file.close()
        raise
    file.seek(0)
    others = tuple(code for code in present if code != about["currency"])
    finished = Export(
        contract=contract, questions=questions, other_currencies=others, written=written, file=file
    )
    resolve_issue(kind=ISSUE_KIND, subject=subject_of(about))
    record_action(actor=actor, action="export.created", subject=name, detail=finished.manifest())
    return finished


def questions_of(
    name: ExportName, days: int | Literal["all"], known_at: datetime | None, **asked: Unpack[ScopeArguments]
) -> tuple[Question, ...]:
    """Return what is asked, one question a window.

    Raises:
        InvalidWindowError: as ``export``.
    """
    if days != "all":
        return (ask(days=days, known_at=known_at, **asked),)
    if name != "kpi-summary":
        raise InvalidWindowError("days=all is for kpi-summary only.")
    return tuple(ask(days=each, known_at=known_at, **asked) for each in conf.WINDOWS_DAYS)


def write(contract: ExportContract, questions: Sequence[Question], *, file: IO[bytes]) -> Written:
    """Write the rows to ``file`` and count them against the dataset's own count."""
    dataset = DATASETS[contract.name](questions)
    written = write_csv(contract, dataset.rows, currency=questions[0].scope.currency, file=file)
    if written.rows != dataset.expected_rows:
        raise ContractViolation(f"{written.rows} rows were written; there are {dataset.expected_rows}.")
    return written


def describe(contract: ExportContract, questions: Sequence[Question]) -> dict[str, Any]:
    """Return what is asked for: plain JSON values."""
    longest = max(questions, key=lambda question: question.window.days)
    return {
        "export": contract.name,
        "contract_version": contract.version,
        "days": "all" if len(questions) > 1 else longest.window.days,
        "first_day": longest.window.first_day.isoformat(),
        "as_of": longest.window.last_day.isoformat(),
        "time_zone": longest.window.zone.key,
        "currency": longest.scope.currency,
        "livemode": longest.scope.livemode,
        "account": longest.scope.account,
        "known_at": longest.known_at and longest.known_at.isoformat(),
    }


def record_refusal(about: dict[str, Any], refusal: ContractViolation, *, actor: str) -> None:
    """Log that nothing was handed over, and why, and ask for a person."""
    detail = {**about, "reason": str(refusal)}
    open_issue(
        kind=ISSUE_KIND,
        subject=subject_of(about),
        title=f"The export {about['export']} breaks its contract and was refused.",
        detail=detail,
    )
    record_action(actor=actor, action="export.refused", subject=about["export"], detail=detail)


def subject_of(about: dict[str, Any]) -> str:
    """Name the file that was refused, whatever the day: the next good one of its kind settles the issue."""
    mode = "live" if about["livemode"] else "test"
    return " ".join(
        filter(None, [about["export"], str(about["days"]), about["currency"], mode, about["account"]])
    )
