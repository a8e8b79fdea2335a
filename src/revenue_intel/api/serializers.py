"""The shapes of the answers, for the OpenAPI schema. A KPI appears here by being in the registry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from revenue_intel.kpis.base import Kpi, Unit
from revenue_intel.kpis.registry import KPIS

#: What the reason beside a value says.
WITHOUT = "Why value is null, a sentence; null where there is a value."


class CountValueSerializer(serializers.Serializer[Any]):
    """A count."""

    value = serializers.IntegerField()
    unit = serializers.CharField(help_text="Always count.")
    previous = serializers.IntegerField(help_text="In the window of as many days before.")
    reason = serializers.CharField(allow_null=True, help_text=WITHOUT)


class PercentValueSerializer(serializers.Serializer[Any]):
    """A percentage, as decimal text; null where there is nothing to divide by."""

    value = serializers.CharField(allow_null=True)
    unit = serializers.CharField(help_text="Always percent.")
    previous = serializers.CharField(allow_null=True, help_text="In the window of as many days before.")
    reason = serializers.CharField(allow_null=True, help_text=WITHOUT)


class MoneyValueSerializer(serializers.Serializer[Any]):
    """Money in integer minor units, and in major units as decimal text; null: see reason."""

    value = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField(help_text="Always money.")
    previous = serializers.IntegerField(allow_null=True, help_text="In the window of as many days before.")
    reason = serializers.CharField(allow_null=True, help_text=WITHOUT)
    currency = serializers.CharField()
    major = serializers.CharField(allow_null=True)


class SecondsValueSerializer(serializers.Serializer[Any]):
    """A duration in whole seconds; null where there is nothing to divide by."""

    value = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField(help_text="Always seconds.")
    previous = serializers.IntegerField(allow_null=True, help_text="In the window of as many days before.")
    reason = serializers.CharField(allow_null=True, help_text=WITHOUT)


class RatioValueSerializer(serializers.Serializer[Any]):
    """A ratio, as decimal text; null where there is nothing to divide by."""

    value = serializers.CharField(allow_null=True)
    unit = serializers.CharField(help_text="Always ratio.")
    previous = serializers.CharField(allow_null=True, help_text="In the window of as many days before.")
    reason = serializers.CharField(allow_null=True, help_text=WITHOUT)


class DaysValueSerializer(serializers.Serializer[Any]):
    """Days, as decimal text; null where there is nothing to divide by."""

    value = serializers.CharField(allow_null=True)
    unit = serializers.CharField(help_text="Always days.")
    previous = serializers.CharField(allow_null=True, help_text="In the window of as many days before.")
    reason = serializers.CharField(allow_null=True, help_text=WITHOUT)


SHAPES: dict[Unit, type[serializers.Serializer[Any]]] = {
    Unit.COUNT: CountValueSerializer,
    Unit.PERCENT: PercentValueSerializer,
    Unit.MONEY: MoneyValueSerializer,
    Unit.SECONDS: SecondsValueSerializer,
    Unit.RATIO: RatioValueSerializer,
    Unit.DAYS: DaysValueSerializer,
}


def shape_of(kpi: Kpi) -> serializers.Serializer[Any]:
    """Return the shape of a KPI's value, with its meaning."""
    return SHAPES[kpi.unit](help_text=kpi.formula)


def shape_of_all(name: str, kpis: Iterable[Kpi]) -> type[serializers.Serializer[Any]]:
    """Return the shape of these KPIs by slug."""
    return type(name, (serializers.Serializer,), {kpi.slug: shape_of(kpi) for kpi in kpis})


KpiValuesSerializer = shape_of_all(
    "KpiValuesSerializer", (kpi for kpi in KPIS.values() if not (kpi.of_subscriptions or kpi.of_stock))
)
SubscriptionValuesSerializer = shape_of_all(
    "SubscriptionValuesSerializer", (kpi for kpi in KPIS.values() if kpi.of_subscriptions)
)
StockValuesSerializer = shape_of_all("StockValuesSerializer", (kpi for kpi in KPIS.values() if kpi.of_stock))


class CompletenessSerializer(serializers.Serializer[Any]):
    """How far the numbers can be trusted."""

    complete = serializers.BooleanField(help_text="No open issue of severity error.")
    open_issues = serializers.IntegerField()
    partial_day = serializers.DateField(
        allow_null=True, help_text="The last day, where it has not ended yet."
    )
    days_without_sales = serializers.ListField(child=serializers.DateField())
    missing_days = serializers.ListField(
        child=serializers.DateField(), help_text="Never worked out ahead: read from the facts, slower."
    )
    dirty_days = serializers.ListField(
        child=serializers.DateField(), help_text="To be worked out again: read from the facts until then."
    )


class PeriodSerializer(serializers.Serializer[Any]):
    """Revenue of one day, ISO week or month."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    revenue = serializers.IntegerField()
    orders = serializers.IntegerField()
    partial = serializers.BooleanField(  # type: ignore[assignment]  # the serializer's own name
        help_text="Not all of its days are in the window and over."
    )


class DaysSerializer(serializers.Serializer[Any]):
    """Which window."""

    days = serializers.IntegerField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    start = serializers.DateTimeField(help_text="Inclusive.")
    end = serializers.DateTimeField(help_text="Exclusive.")
    zone = serializers.CharField()


class MoneySerializer(serializers.Serializer[Any]):
    """Which currency, mode and account, as of whose knowledge."""

    currency = serializers.CharField()
    livemode = serializers.BooleanField()
    account = serializers.CharField(allow_blank=True)
    known_at = serializers.DateTimeField(
        allow_null=True, help_text="As it was known at this instant; null: as it is known now."
    )


class WindowSerializer(DaysSerializer, MoneySerializer):
    """Which window, currency, mode and account, as of whose knowledge."""


class KpiReportSerializer(WindowSerializer):
    """All KPIs of one window, currency, mode and account, but those of subscriptions and stock."""

    kpis = KpiValuesSerializer()
    latest_snapshot_day = serializers.DateField(allow_null=True)
    completeness = CompletenessSerializer()
    currencies = serializers.ListField(child=serializers.CharField())
    series = PeriodSerializer(many=True, required=False, help_text="Where it was asked for.")


class KpiAnswerSerializer(serializers.Serializer[Any]):
    """The answer's envelope."""

    data = KpiReportSerializer()  # type: ignore[assignment]  # the serializer's own name for its input


class SubscriptionReportSerializer(WindowSerializer):
    """All KPIs of subscriptions of one window, currency, mode and account."""

    kpis = SubscriptionValuesSerializer()
    discount_policy = serializers.CharField(help_text="Which discounts lower MRR.")


class SubscriptionAnswerSerializer(serializers.Serializer[Any]):
    """The answer's envelope."""

    data = SubscriptionReportSerializer()  # type: ignore[assignment]  # the serializer's own name for its input


class PartSerializer(serializers.Serializer[Any]):
    """One row that a value is made of."""

    kind = serializers.CharField(
        help_text="order, customer, subscription_item, the kind of ledger entry, Stripe's reporting category …"
    )
    id = serializers.CharField(help_text="The order's reference, or Stripe's id.")
    at = serializers.DateTimeField()
    order_reference = serializers.CharField(allow_blank=True)
    value = serializers.IntegerField(help_text="What it adds, in the KPI's unit.")


class ExplanationSerializer(WindowSerializer):
    """What the value of one KPI is made of."""

    kpi = serializers.CharField()
    unit = serializers.CharField()
    value = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text=WITHOUT)
    count = serializers.IntegerField(help_text="Of all parts, on all pages.")
    page = serializers.IntegerField()
    parts = PartSerializer(many=True)


class ExplanationAnswerSerializer(serializers.Serializer[Any]):
    """The answer's envelope."""

    data = ExplanationSerializer()  # type: ignore[assignment]  # the serializer's own name for its input


class ErrorDetailSerializer(serializers.Serializer[Any]):
    """What went wrong: a stable code, and words."""

    code = serializers.CharField()
    message = serializers.CharField()


class ErrorSerializer(serializers.Serializer[Any]):
    """The envelope of every error."""

    error = ErrorDetailSerializer()
