"""The routes of the JSON interface. Everything is set on the views: a host's DRF settings change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from revenue_intel.api.errors import answer_error
from revenue_intel.api.openapi import KpiSchema, build_description
from revenue_intel.api.permissions import MayViewAnalytics
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis import service as kpis
from revenue_intel.kpis.questions import parse_day, parse_days
from revenue_intel.kpis.representation import represent

DEFAULT_DAYS: Final = "30"
MODES: Final = {"true": True, "false": False}


class ApiView(APIView):
    """What all our views share: session log-in, the analytics right, JSON, one shape of error."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (MayViewAnalytics,)
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)
    content_negotiation_class = DefaultContentNegotiation
    throttle_classes = ()
    versioning_class = None

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Answer errors in our shape, whatever the host's DRF settings say."""
        return answer_error

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Keep the numbers out of shared caches."""
        finished = super().finalize_response(request, response, *args, **kwargs)
        finished["Cache-Control"] = "private, no-store"
        return finished


class KpiView(ApiView):
    """KPIs of one window."""

    schema = KpiSchema()

    def get(self, request: Request) -> Response:
        """Answer ``?days=30&currency=gbp``."""
        query = request.query_params
        report = kpis.compute(
            days=parse_days(query.get("days", DEFAULT_DAYS)),
            currency=query.get("currency"),
            as_of=parse_day(query["as_of"]) if "as_of" in query else None,
            livemode=parse_mode(query.get("livemode")),
        )
        return Response({"data": represent(report)})


def parse_mode(text: str | None) -> bool | None:
    """Return the mode asked for.

    Raises:
        InvalidWindowError: it is neither true nor false.
    """
    if text is None:
        return None
    if text not in MODES:
        raise InvalidWindowError("livemode must be true or false.")
    return MODES[text]


class SchemaView(ApiView):
    """The OpenAPI description of our routes, and of none of the host's."""

    schema = None  # it does not describe itself

    def get(self, _request: Request) -> Response:
        """Answer the description as JSON."""
        return Response(build_description())
