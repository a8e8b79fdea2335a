"""The OpenAPI description of this interface; kept in ``contracts/openapi.json`` as well."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from revenue_intel.api.serializers import (
    ErrorSerializer,
    ExplanationAnswerSerializer,
    KpiAnswerSerializer,
    SubscriptionAnswerSerializer,
)
from revenue_intel.kpis.explanations import PAGE_SIZE, WITH_PARTS
from revenue_intel.kpis.mrr import DiscountPolicy
from revenue_intel.kpis.series import STEPS

#: Whatever a host has set for a description of its own, ours is made with these.
SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "revenue-intel",
    "DESCRIPTION": "Revenue numbers of a shop, from its signed Stripe events.",
    # The interface's version, in its addresses too; a release of the package does not change it.
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": [],
    "POSTPROCESSING_HOOKS": [],
}


#: What both routes take.
WINDOW_QUERY: Final = (
    OpenApiParameter("days", OpenApiTypes.INT, description="A window: 7, 30 or 90 unless configured."),
    OpenApiParameter("currency", OpenApiTypes.STR, description="Three-letter code."),
    OpenApiParameter(
        "as_of", OpenApiTypes.DATE, description="The window's last day, not after today; today by default."
    ),
    OpenApiParameter("livemode", OpenApiTypes.BOOL, description="Live or test money."),
    OpenApiParameter("account", OpenApiTypes.STR, description="A connected account; empty: the own."),
    OpenApiParameter("zone", OpenApiTypes.STR, description="Where days begin, such as Europe/London."),
    OpenApiParameter("complete_days", OpenApiTypes.BOOL, description="End the window with yesterday."),
)

KNOWN_AT: Final = OpenApiParameter(
    "known_at",
    OpenApiTypes.DATETIME,
    description="As it was known at this instant. Slower: read from the facts.",
)


POLICY: Final = OpenApiParameter(
    "discount_policy",
    OpenApiTypes.STR,
    enum=[str(policy) for policy in DiscountPolicy],
    description="Which discounts lower MRR: those for ever (default), or all that apply.",
)


class KpiSchema(AutoSchema):
    """The description of the KPI route.

    A class and not the ``extend_schema`` decorator, which would take its base from the host's settings.
    """

    def get_operation_id(self) -> str:
        """Name the operation."""
        return "kpis"

    def get_summary(self) -> str:
        """Say in a line what it does."""
        return "Every KPI of the last N calendar days, and of the N before"

    def get_description(self) -> str:  # type: ignore[override]  # as in the base class
        """Say what to know before the first call."""
        return (
            "Money is integer minor units of one currency; percentages are decimal text. "
            "Asked without days, the answer is for 30."
        )

    def get_override_parameters(self) -> list[Any]:
        """Describe the query."""
        return [
            *WINDOW_QUERY,
            KNOWN_AT,
            OpenApiParameter(
                "series",
                OpenApiTypes.STR,
                enum=list(STEPS),
                description="Also revenue by day, week or month.",
            ),
        ]

    def get_response_serializers(self) -> Any:
        """Describe the answers, by status."""
        return {200: KpiAnswerSerializer, 400: ErrorSerializer, 403: ErrorSerializer}


class SubscriptionSchema(AutoSchema):
    """The description of the route of subscriptions."""

    def get_operation_id(self) -> str:
        """Name the operation."""
        return "subscriptions"

    def get_summary(self) -> str:
        """Say in a line what it does."""
        return "Every KPI of subscriptions of the last N calendar days, and of the N before"

    def get_description(self) -> str:  # type: ignore[override]  # as in the base class
        """Say what to know before the first call."""
        return (
            "MRR, what moved it, churn, retention and trials, read from the states of subscriptions: "
            "the time grows with them. Asked without days, the answer is for 30."
        )

    def get_override_parameters(self) -> list[Any]:
        """Describe the query."""
        return [
            *WINDOW_QUERY,
            KNOWN_AT,
            POLICY,
        ]

    def get_response_serializers(self) -> Any:
        """Describe the answers, by status."""
        return {200: SubscriptionAnswerSerializer, 400: ErrorSerializer, 403: ErrorSerializer}


class PartsSchema(AutoSchema):
    """The description of the route that drills down."""

    def get_operation_id(self) -> str:
        """Name the operation."""
        return "kpi_parts"

    def get_summary(self) -> str:
        """Say in a line what it does."""
        return "The orders, entries, payments, people, subscriptions or stock that the value of one KPI is made of"

    def get_description(self) -> str:  # type: ignore[override]  # as in the base class
        """Say what to know before the first call."""
        return f"The newest first, {PAGE_SIZE} a page. The parts of all pages add up to the value."

    def get_override_parameters(self) -> list[Any]:
        """Describe the path and the query."""
        slug = OpenApiParameter("slug", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(WITH_PARTS))
        page = OpenApiParameter("page", OpenApiTypes.INT, description="Which page, from 1.")
        return [slug, *WINDOW_QUERY, KNOWN_AT, POLICY, page]

    def get_response_serializers(self) -> Any:
        """Describe the answers, by status."""
        return {200: ExplanationAnswerSerializer, 400: ErrorSerializer, 403: ErrorSerializer}


def build_description() -> dict[str, Any]:
    """Return the description of our routes, and of none of the host's."""
    with patched_settings(SETTINGS):
        generator = SchemaGenerator(urlconf="revenue_intel.urls.api")  # type: ignore[no-untyped-call]
        description: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return description
