"""The routes of the topics: products, the funnel, failed payments, segments, cohorts and stock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from revenue_intel.api import topic_serializers as shapes
from revenue_intel.api.openapi import KNOWN_AT, WINDOW_QUERY
from revenue_intel.api.serializers import ErrorSerializer
from revenue_intel.api.views import ApiView
from revenue_intel.exceptions import InvalidWindowError
from revenue_intel.kpis import topics
from revenue_intel.kpis.cohorts import MOST_MONTHS
from revenue_intel.kpis.converted import compute_converted
from revenue_intel.kpis.inventory_service import MOST_ROWS, compute_inventory
from revenue_intel.kpis.questions import Question, ask, read_known_at, read_question
from revenue_intel.kpis.representation import represent_inventory, represent_scope
from revenue_intel.kpis.topic_representation import (
    represent_anomalies,
    represent_cohorts,
    represent_converted,
    represent_day,
    represent_failures,
    represent_funnel,
    represent_products,
    represent_segments,
    represent_stock_rows,
)
from revenue_intel.stock.selectors import names_of

#: What is asked of a topic that has a last day and no window.
DAY_QUERY: Final = tuple(parameter for parameter in WINDOW_QUERY if parameter.name != "days")

#: What is asked about stock, which has no currency, mode or account.
STOCK_QUERY: Final = (
    *(
        parameter
        for parameter in WINDOW_QUERY
        if parameter.name in {"days", "as_of", "zone", "complete_days"}
    ),
    KNOWN_AT,
    OpenApiParameter("limit", OpenApiTypes.INT, description=f"How many rows: 10, and at most {MOST_ROWS}."),
)


class TopicSchema(AutoSchema):
    """The description of the route of one topic."""

    def __init__(
        self,
        *,
        name: str,
        summary: str,
        answers: type[serializers.Serializer[Any]],
        query: Sequence[OpenApiParameter] = WINDOW_QUERY,
    ) -> None:
        super().__init__()
        self.name, self.summary, self.query = name, summary, query
        self.answers = shapes.answer_of(answers)

    def get_operation_id(self) -> str:
        """Name the operation."""
        return self.name

    def get_summary(self) -> str:
        """Say in a line what it does."""
        return self.summary

    def get_description(self) -> str:  # type: ignore[override]  # as in the base class
        """Say what to know before the first call."""
        return "Money is integer minor units of one currency; percentages are decimal text."

    def get_override_parameters(self) -> list[Any]:
        """Describe the query."""
        return list(self.query)

    def get_response_serializers(self) -> Any:
        """Describe the answers, by status."""
        return {200: self.answers, 400: ErrorSerializer, 403: ErrorSerializer}


class ProductView(ApiView):
    """The best sellers of one window."""

    schema = TopicSchema(
        name="products",
        summary="The best sellers of the last N calendar days",
        answers=shapes.ProductsSerializer,
        query=(
            *WINDOW_QUERY,
            KNOWN_AT,
            OpenApiParameter(
                "by", OpenApiTypes.STR, enum=list(topics.RANKINGS), description="What ranks; ties by key."
            ),
            OpenApiParameter(
                "limit", OpenApiTypes.INT, description=f"How many: 10, and at most {topics.MOST_PRODUCTS}."
            ),
        ),
    )

    def get(self, request: Request) -> Response:
        """Answer ``?days=30&by=units&limit=20``."""
        question, query = read_topic(request), request.query_params
        by = parse_ranking(query.get("by", "revenue"))
        rows = topics.compute_products(question, by=by, limit=parse_number("limit", query.get("limit", "10")))
        return answer_window(question, by=by, products=represent_products(rows))


class FunnelView(ApiView):
    """The closed funnel of one window."""

    schema = TopicSchema(
        name="funnel",
        summary="The closed funnel of the last N calendar days",
        answers=shapes.FunnelSerializer,
        query=(*WINDOW_QUERY, KNOWN_AT),
    )

    def get(self, request: Request) -> Response:
        """Answer ``?days=30``."""
        question = read_topic(request)
        return answer_window(question, steps=represent_funnel(topics.compute_funnel(question)))


class FailureView(ApiView):
    """Why payments of one window failed."""

    schema = TopicSchema(
        name="payment_failures",
        summary="Why payments of the last N calendar days failed",
        answers=shapes.FailuresSerializer,
        query=(*WINDOW_QUERY, KNOWN_AT),
    )

    def get(self, request: Request) -> Response:
        """Answer ``?days=30``."""
        question = read_topic(request)
        return answer_window(question, reasons=represent_failures(topics.compute_failures(question)))


class AnomalyView(ApiView):
    """The days of one window that stand out."""

    schema = TopicSchema(
        name="anomalies",
        summary="Closed days of the last N calendar days that are far from what their weekday leads one to expect",
        answers=shapes.AnomaliesSerializer,
        query=(*WINDOW_QUERY, KNOWN_AT),
    )

    def get(self, request: Request) -> Response:
        """Answer ``?days=30``."""
        question = read_topic(request)
        return answer_window(question, anomalies=represent_anomalies(topics.compute_anomalies(question)))


class SegmentView(ApiView):
    """Everybody who ever paid, by recency, frequency and money."""

    schema = TopicSchema(
        name="segments",
        summary="RFM segments of everybody who ever paid, as of a day",
        answers=shapes.SegmentsSerializer,
        query=(*DAY_QUERY, KNOWN_AT),
    )

    def get(self, request: Request) -> Response:
        """Answer ``?as_of=2026-03-31``."""
        question = read_topic(request)
        return answer_day(question, segments=represent_segments(topics.compute_segments(question)))


class CohortView(ApiView):
    """People by the month of their first order."""

    schema = TopicSchema(
        name="cohorts",
        summary="Retention, net and lifetime value by the month of the first order, as of a day",
        answers=shapes.CohortsSerializer,
        query=(
            *DAY_QUERY,
            KNOWN_AT,
            OpenApiParameter(
                "months", OpenApiTypes.INT, description=f"How many: 12, and at most {MOST_MONTHS}."
            ),
        ),
    )

    def get(self, request: Request) -> Response:
        """Answer ``?as_of=2026-03-31&months=12``."""
        question = read_topic(request)
        months = parse_number("months", request.query_params.get("months", "12"))
        cohorts = topics.compute_cohorts(question, months=months)
        return answer_day(question, cohorts=represent_cohorts(cohorts))


class InventoryView(ApiView):
    """Stock in one window."""

    schema = TopicSchema(
        name="inventory",
        summary="Sell-through, days of cover and what ran out in the last N calendar days",
        answers=shapes.InventorySerializer,
        query=STOCK_QUERY,
    )

    def get(self, request: Request) -> Response:
        """Answer ``?days=30&limit=20``."""
        query = request.query_params
        if astray := sorted({"currency", "livemode", "account"} & set(query)):
            raise InvalidWindowError(f"Stock has no {astray[0]}.")
        asked = read_question(query)
        report = compute_inventory(
            days=asked["days"],
            as_of=asked["as_of"],
            zone=asked["zone"],
            complete_days=asked["complete_days"],
            known_at=read_known_at(query),
            limit=parse_number("limit", query.get("limit", "10")),
        )
        rows = represent_stock_rows(report.rows, names_of(row.row for row in report.rows))
        return Response({"data": {**represent_inventory(report), "rows": rows}})


class ConvertedView(ApiView):
    """The money of all currencies in one."""

    schema = TopicSchema(
        name="converted",
        summary="The money of the last N calendar days, all currencies in the reporting currency",
        answers=shapes.ConvertedSerializer,
        query=(*(parameter for parameter in WINDOW_QUERY if parameter.name != "currency"), KNOWN_AT),
    )

    def get(self, request: Request) -> Response:
        """Answer ``?days=30``."""
        question = read_topic(request)
        return Response({"data": represent_converted(question, compute_converted(question))})


def read_topic(request: Request) -> Question:
    """Return what a query asks for.

    Raises:
        InvalidWindowError: a part of it is none.
    """
    query = request.query_params
    return ask(**read_question(query), known_at=read_known_at(query))


def answer_window(question: Question, **tables: Any) -> Response:
    """Answer about a window."""
    return Response({"data": {**represent_scope(question), **tables}})


def answer_day(question: Question, **tables: Any) -> Response:
    """Answer as of a day."""
    return Response({"data": {**represent_day(question), **tables}})


def parse_ranking(text: str) -> topics.Ranking:
    """Return what ranks products.

    Raises:
        InvalidWindowError: it is none.
    """
    for ranking in topics.RANKINGS:
        if text == ranking:
            return ranking
    raise InvalidWindowError(f"by must be one of {', '.join(topics.RANKINGS)}.")


def parse_number(name: str, text: str) -> int:
    """Return a whole number.

    Raises:
        InvalidWindowError: it is none.
    """
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    raise InvalidWindowError(f"{name} must be a whole number.")
