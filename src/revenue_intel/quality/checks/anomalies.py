"""Days that stand out: a person should look, and nothing is broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from revenue_intel.conf import settings as conf
from revenue_intel.issues.models import Issue
from revenue_intel.kit import clock
from revenue_intel.kit.periods import Window, day_of
from revenue_intel.kpis.anomalies import Anomaly, find_anomalies
from revenue_intel.kpis.questions import Question, resolve_scope
from revenue_intel.kpis.service import read_currencies
from revenue_intel.quality.base import Check, Finding

#: Closed days that are judged; an issue about an older one is resolved.
DAYS: Final = 7


def _days_stand_out() -> Iterator[Finding]:
    zone = clock.zone(conf.TIME_ZONE)
    today = day_of(clock.now(), zone)
    window = Window(days=DAYS, last_day=today - timedelta(days=1), zone=zone)
    asked = Question(
        window=window, scope=resolve_scope(currency=None, livemode=None, account=""), today=today
    )
    for currency in read_currencies(asked):
        scope = resolve_scope(currency=currency, livemode=None, account="")
        for anomaly in find_anomalies(Question(window=window, scope=scope, today=today)):
            yield _finding(anomaly, currency)


def _finding(anomaly: Anomaly, currency: str) -> Finding:
    metric = anomaly.metric
    return Finding(
        subject=f"{metric.slug}:{currency}:{anomaly.day}",
        message=f"{metric.name} of {anomaly.day} ({currency}) is {anomaly.observed.normalize():f}, "
        f"expected between {anomaly.low.normalize():f} and {anomaly.high.normalize():f}",
        detail={
            "observed": str(anomaly.observed),
            "expected": str(anomaly.expected),
            "low": str(anomaly.low),
            "high": str(anomaly.high),
            "unit": str(metric.unit),
            "days_used": [day.isoformat() for day in anomaly.days_used],
        },
    )


DAYS_STAND_OUT = Check(
    slug="days-stand-out",
    title="No day of the last week is far from what its weekday leads one to expect",
    severity=Issue.Severity.WARNING,
    run=_days_stand_out,
    advisory=True,
)
