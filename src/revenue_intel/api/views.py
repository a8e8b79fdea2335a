"""The routes of the JSON interface. Everything is set on the views: a host's DRF settings change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from revenue_intel.api.errors import answer_error
from revenue_intel.api.openapi import KpiSchema, PartsSchema, SubscriptionSchema, build_description
from revenue_intel.api.permissions import MayViewAnalytics
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis import service as kpis
from revenue_intel.kpis.explanations import explain, parse_page
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.questions import read_known_at, read_question
from revenue_intel.kpis.representation import (
    represent,
    represent_explanation,
    represent_series,
    represent_subscriptions,
)
from revenue_intel.kpis.series import parse_step
from revenue_intel.kpis.subscription_service import compute_subscriptions


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
        step = parse_step(query["series"]) if "series" in query else None
        report = kpis.compute(**read_question(query), known_at=read_known_at(query))
        series = {} if step is None else {"series": represent_series(report, step)}
        return Response({"data": represent(report) | series})


class SubscriptionView(ApiView):
    """KPIs of subscriptions of one window."""

    schema = SubscriptionSchema()

    def get(self, request: Request) -> Response:
        """Answer ``?days=30&currency=gbp&discount_policy=all_active``."""
        query = request.query_params
        policy = parse_policy(query.get("discount_policy", DiscountPolicy.FOREVER_ONLY))
        report = compute_subscriptions(**read_question(query), policy=policy, known_at=read_known_at(query))
        return Response({"data": represent_subscriptions(report)})


class PartsView(ApiView):
    """What the value of one KPI is made of."""

    schema = PartsSchema()

    def get(self, request: Request, slug: str) -> Response:
        """Answer ``?days=30&page=2``."""
        query = request.query_params
        found = explain(
            slug,
            **read_question(query),
            known_at=read_known_at(query),
            page=parse_page(query.get("page", "1")),
            policy=parse_policy(query.get("discount_policy", DiscountPolicy.FOREVER_ONLY)),
        )
        return Response({"data": represent_explanation(found)})


def parse_policy(text: str) -> DiscountPolicy:
    """Return the policy of that name.

    Raises:
        InvalidWindowError: there is none.
    """
    try:
        return DiscountPolicy(text)
    except ValueError as error:
        raise InvalidWindowError(f"discount_policy must be one of {', '.join(DiscountPolicy)}.") from error


class SchemaView(ApiView):
    """The OpenAPI description of our routes, and of none of the host's."""

    schema = None  # it does not describe itself

    def get(self, _request: Request) -> Response:
        """Answer the description as JSON."""
        return Response(build_description())
