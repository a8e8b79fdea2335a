"""What HTTP says of each error: the one place where errors become status codes."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import set_rollback

from revenue_intel import exceptions

STATUS: Final[Mapping[type[exceptions.RevenueIntelError], HTTPStatus]] = {
    exceptions.ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    exceptions.ContractViolation: HTTPStatus.CONFLICT,
    exceptions.CustomerNotFoundError: HTTPStatus.NOT_FOUND,
    exceptions.EventPrunedError: HTTPStatus.CONFLICT,
    exceptions.IllegalTransitionError: HTTPStatus.CONFLICT,
    exceptions.InexactAmountError: HTTPStatus.BAD_REQUEST,
    exceptions.InvalidInstantError: HTTPStatus.BAD_REQUEST,
    exceptions.InvalidOrderError: HTTPStatus.CONFLICT,
    exceptions.InvalidWindowError: HTTPStatus.BAD_REQUEST,
    exceptions.LedgerConflictError: HTTPStatus.CONFLICT,
    exceptions.MalformedEventError: HTTPStatus.BAD_REQUEST,
    exceptions.OrderNotFoundError: HTTPStatus.NOT_FOUND,
    exceptions.PaymentGatewayError: HTTPStatus.BAD_GATEWAY,
    exceptions.GatewayUnreachableError: HTTPStatus.BAD_GATEWAY,
    exceptions.PaymentMismatchError: HTTPStatus.CONFLICT,
    exceptions.RateLimitedError: HTTPStatus.BAD_GATEWAY,
    exceptions.PaymentRefusedError: HTTPStatus.BAD_GATEWAY,
    exceptions.RefundNotPossibleError: HTTPStatus.CONFLICT,
    exceptions.SignatureError: HTTPStatus.BAD_REQUEST,
    exceptions.StockChangedError: HTTPStatus.CONFLICT,
    exceptions.StockOversellError: HTTPStatus.CONFLICT,
    exceptions.UnknownCurrencyError: HTTPStatus.BAD_REQUEST,
    exceptions.UnsupportedShapeError: HTTPStatus.BAD_REQUEST,
}


def status_of(error: exceptions.RevenueIntelError) -> HTTPStatus:
    """Return the status of an error: its own class's, or the nearest base's."""
    return next(
        (STATUS[base] for base in type(error).__mro__ if base in STATUS), HTTPStatus.INTERNAL_SERVER_ERROR
    )


def answer_error(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Answer an error in the interface's one shape; None for one that nobody foresaw (a 500 and a traceback)."""
    if isinstance(error, exceptions.RevenueIntelError):
        status, code, message = status_of(error), error.code, str(error)
    elif isinstance(error, Http404):
        status, code, message = HTTPStatus.NOT_FOUND, "not_found", "There is nothing here."
    elif isinstance(error, PermissionDenied):
        status, code, message = HTTPStatus.FORBIDDEN, "permission_denied", "You may not do this."
    elif isinstance(error, APIException):
        status, code, message = HTTPStatus(error.status_code), error.default_code, str(error.detail)
    else:
        return None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        code, message = "error", "Something went wrong on our side."
    set_rollback()
    return Response({"error": {"code": code, "message": message}}, status=status)
