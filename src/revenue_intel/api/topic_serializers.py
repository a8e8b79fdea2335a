"""The shapes of the topics' tables, for the OpenAPI schema."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from revenue_intel.api.serializers import (
    DaysSerializer,
    MoneySerializer,
    StockValuesSerializer,
    WindowSerializer,
)
from revenue_intel.kpis.converted import NUMBERS


class DaySerializer(MoneySerializer):
    """As of which day, and which currency, mode and account."""

    last_day = serializers.DateField()
    zone = serializers.CharField()


class ProductSerializer(serializers.Serializer[Any]):
    """What of one product was paid in the window."""

    product_key = serializers.CharField()
    name = serializers.CharField(help_text="The latest.")
    units = serializers.IntegerField()
    revenue = serializers.IntegerField(help_text="Its lines after their discounts, in minor units.")
    refunded_units = serializers.IntegerField(help_text="Of the units, those of orders refunded in full.")


class ProductsSerializer(WindowSerializer):
    """The best sellers of a window."""

    by = serializers.CharField()
    products = ProductSerializer(many=True)


class FunnelStepSerializer(serializers.Serializer[Any]):
    """One step of the closed funnel."""

    step = serializers.CharField()
    people = serializers.IntegerField(help_text="Who took it at or after the step before.")
    of_previous_pct = serializers.CharField(allow_null=True)
    of_first_pct = serializers.CharField(allow_null=True)


class FunnelSerializer(WindowSerializer):
    """The closed funnel of a window."""

    steps = FunnelStepSerializer(many=True, help_text="Empty where the shop records none.")


class FailureSerializer(serializers.Serializer[Any]):
    """The payments that failed for one reason."""

    reason = serializers.CharField(help_text="Stripe's code; unknown where it said none.")
    payments = serializers.IntegerField()
    share_pct = serializers.CharField(allow_null=True, help_text="Of all that failed.")
    amount = serializers.IntegerField(help_text="What they came to, in minor units.")


class FailuresSerializer(WindowSerializer):
    """Why payments of a window failed."""

    reasons = FailureSerializer(many=True)


class AnomalySerializer(serializers.Serializer[Any]):
    """A day outside its band; numbers are decimal text in the metric's unit, money in minor units."""

    day = serializers.DateField()
    metric = serializers.CharField()
    unit = serializers.CharField()
    observed = serializers.CharField()
    expected = serializers.CharField(help_text="The median of the days used.")
    low = serializers.CharField()
    high = serializers.CharField()
    days_used = serializers.ListField(child=serializers.DateField())


class AnomaliesSerializer(WindowSerializer):
    """The days of a window that stand out."""

    anomalies = AnomalySerializer(many=True)


class StockRowSerializer(serializers.Serializer[Any]):
    """What a window did to one stock row, in pieces."""

    model = serializers.CharField()
    row = serializers.CharField(help_text="Its primary key.")
    field = serializers.CharField()
    name = serializers.CharField()
    opening = serializers.IntegerField()
    received = serializers.IntegerField()
    adjusted = serializers.IntegerField()
    committed = serializers.IntegerField()
    restocked = serializers.IntegerField()
    on_hand = serializers.IntegerField(help_text="At the window's end, held for orders or not.")
    available = serializers.IntegerField(help_text="What of it no order holds.")
    days_out = serializers.IntegerField(help_text="On which, at some moment, no piece could be had.")
    sell_through_pct = serializers.CharField(allow_null=True)
    days_of_cover = serializers.CharField(allow_null=True)


class InventorySerializer(DaysSerializer):
    """Stock in a window."""

    known_at = serializers.DateTimeField(allow_null=True)
    kpis = StockValuesSerializer()
    rows_in_all = serializers.IntegerField()
    rows = StockRowSerializer(many=True, help_text="Those that run out first.")


class SegmentSerializer(serializers.Serializer[Any]):
    """The people with the same three scores, 1 to 5, 5 the best."""

    recency = serializers.IntegerField()
    frequency = serializers.IntegerField()
    monetary = serializers.IntegerField()
    people = serializers.IntegerField()
    net = serializers.IntegerField(help_text="What they brought in all, less refunds, in minor units.")


class SegmentsSerializer(DaySerializer):
    """Everybody who ever paid, by RFM scores."""

    segments = SegmentSerializer(many=True)


class CohortMonthSerializer(serializers.Serializer[Any]):
    """What a cohort did so many months later."""

    months_later = serializers.IntegerField()
    retained = serializers.IntegerField(help_text="Who paid an order in that month.")
    retained_pct = serializers.CharField(allow_null=True)
    net = serializers.IntegerField(help_text="That month's orders less their refunds, in minor units.")
    partial = serializers.BooleanField(help_text="The month has not ended.")  # type: ignore[assignment]  # the serializer's own name


class CohortSerializer(serializers.Serializer[Any]):
    """The people whose first paid order was in one month."""

    month = serializers.DateField(help_text="Its first day.")
    people = serializers.IntegerField()
    ltv = serializers.IntegerField(allow_null=True, help_text="Their mean net so far, in minor units.")
    months = CohortMonthSerializer(many=True)


class CohortsSerializer(DaySerializer):
    """The cohorts of the last months, oldest first."""

    cohorts = CohortSerializer(many=True)


class MissingRateSerializer(serializers.Serializer[Any]):
    """A day on which money moved, for which the host gives no rate."""

    currency = serializers.CharField()
    day = serializers.DateField()


ConvertedValuesSerializer = type(
    "ConvertedValuesSerializer",
    (serializers.Serializer,),
    {
        name: serializers.IntegerField(allow_null=True, help_text="Null where a rate is missing.")
        for name in NUMBERS
    },
)


class ConvertedSerializer(serializers.Serializer[Any]):
    """The money of all currencies, in minor units of the reporting currency."""

    first_day = serializers.DateField()
    last_day = serializers.DateField()
    zone = serializers.CharField()
    livemode = serializers.BooleanField()
    account = serializers.CharField(allow_blank=True)
    known_at = serializers.DateTimeField(allow_null=True)
    reporting_currency = serializers.CharField()
    currencies = serializers.ListField(child=serializers.CharField(), help_text="What was put together.")
    values = ConvertedValuesSerializer()
    errors = MissingRateSerializer(many=True)  # type: ignore[assignment]  # the serializer's own name


def answer_of(shape: type[serializers.Serializer[Any]]) -> type[serializers.Serializer[Any]]:
    """Return the envelope of an answer of that shape."""
    name = shape.__name__.replace("Serializer", "AnswerSerializer")
    return type(name, (serializers.Serializer,), {"data": shape(), "__doc__": "The answer's envelope."})
