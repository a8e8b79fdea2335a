"""Every KPI there is. Docs, API, exports and dashboard follow from this list."""

from __future__ import annotations

from typing import Final

from revenue_intel.kpis import customers, funnel, refunds, revenue
from revenue_intel.kpis.base import Kpi, Topic

TOPICS: Final[tuple[Topic, ...]] = (revenue.TOPIC, refunds.TOPIC, customers.TOPIC, funnel.TOPIC)

KPIS: Final[dict[str, Kpi]] = {kpi.slug: kpi for topic in TOPICS for kpi in topic.kpis}
