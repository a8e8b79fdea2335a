"""Errors as Stripe answers them: a status and ``{"error": {type, code, message, param}}``."""

from __future__ import annotations

from typing import Any


class ApiFault(Exception):
    """A request that Stripe would answer with an error."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        replayable: bool = False,
        **more: Any,
    ) -> None:
        """Describe the answer.

        Args:
            message: the sentence people read.
            status: the HTTP status.
            kind: Stripe's ``error.type``.
            code: Stripe's ``error.code``, if it has one.
            param: the parameter at fault, as the caller wrote it.
            replayable: the work had begun, so that an idempotency key keeps this answer. Stripe keeps
                none for requests that failed validation.
            more: further keys of ``error``.
        """
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.replayable = replayable
        facts = {"code": code, "message": message, "param": param, "type": kind, **more}
        self.body = {"error": {key: value for key, value in facts.items() if value is not None}}


class CardDeclined(ApiFault):
    """The bank said no; the PaymentIntent waits for another payment method."""


def missing_param(param: str) -> ApiFault:
    """A required parameter is absent."""
    return ApiFault(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown_param(param: str) -> ApiFault:
    """A parameter is unknown to Stripe, or to the stand-in."""
    message = f"Received unknown parameter: {param} (unknown to Stripe, or to this stand-in)"
    return ApiFault(message, code="parameter_unknown", param=param)


def missing_resource(kind: str, identifier: str, *, param: str = "id") -> ApiFault:
    """No object has this identifier. Stripe answers 404 for the object of the path, 400 for others."""
    return ApiFault(
        f"No such {kind}: '{identifier}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def wrong_state(message: str, *, code: str | None = None, param: str | None = None) -> ApiFault:
    """The object is not in a state that allows this."""
    return ApiFault(message, code=code, param=param, replayable=True)
