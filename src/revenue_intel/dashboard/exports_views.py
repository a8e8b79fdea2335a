"""Download an export. The audit log is told; nothing else changes by a GET."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal, TypeVar

from django.db.transaction import non_atomic_requests
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from revenue_intel.access.permissions import Permission
from revenue_intel.access.policy import require
from revenue_intel.audit.services import actor_of
from revenue_intel.exceptions import ContractViolation, InvalidWindowError
from revenue_intel.exports.contracts import ExportName
from revenue_intel.exports.service import Export, export
from revenue_intel.kpis.questions import DEFAULT_DAYS, parse_days, read_known_at, read_scope

R = TypeVar("R", bound=HttpResponseBase)


# Not within ATOMIC_REQUESTS: the file is read from one snapshot of the database, which only a
# transaction of its own can ask for.
@non_atomic_requests
@require_GET
@require(Permission.EXPORT_ANALYTICS)
def download(request: HttpRequest, *, name: ExportName) -> HttpResponseBase:
    """Answer ``?days=30&currency=gbp&as_of=2026-03-31`` with the file, or say in words why not."""
    try:
        made = export(
            name=name,
            days=read_days(request.GET.get("days", DEFAULT_DAYS)),
            **read_scope(request.GET),
            known_at=read_known_at(request.GET),
            actor=actor_of(request.user),
        )
    except InvalidWindowError as error:
        return refuse(str(error), HTTPStatus.BAD_REQUEST)
    except ContractViolation as error:
        return refuse(f"The export was refused, because it breaks its contract. {error}", HTTPStatus.CONFLICT)
    return attachment(made)


def read_days(text: str) -> int | Literal["all"]:
    """Return the window asked for; all of them is for the service to allow."""
    return "all" if text == "all" else parse_days(text)


def attachment(made: Export) -> FileResponse:
    """Return the finished file; the response streams and closes it."""
    response = FileResponse(
        made.file, as_attachment=True, filename=made.filename, content_type="text/csv; charset=utf-8"
    )
    manifest = made.manifest()
    response["X-Revenue-Intel-Sha256"] = manifest["sha256"]
    response["X-Revenue-Intel-Rows"] = str(manifest["rows"])
    response["X-Revenue-Intel-Contract-Version"] = manifest["contract_version"]
    response["X-Revenue-Intel-Currency"] = manifest["currency"]
    response["X-Revenue-Intel-Other-Currencies"] = ",".join(manifest["other_currencies"])
    return keep_private(response)


def refuse(message: str, status: HTTPStatus) -> HttpResponse:
    """Say in plain text why there is no file."""
    response = HttpResponse(f"{message}\n", status=status, content_type="text/plain; charset=utf-8")
    return keep_private(response)


def keep_private(response: R) -> R:
    """Keep a response out of shared caches, and its type as stated."""
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
