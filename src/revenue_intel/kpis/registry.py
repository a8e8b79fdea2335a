"""Every KPI there is. Docs, contract, API, exports and dashboard follow from this list."""

from __future__ import annotations

from typing import Final

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.kpis import (
    cash,
    customers,
    disputes,
    funnel,
    inventory,
    payments,
    recurring,
    refunds,
    revenue,
    subscribers,
)
from revenue_intel.kpis.base import Kpi

#: By slug, in the order in which they are worked out: a KPI may use those before it.
KPIS: Final[dict[str, Kpi]] = {}

_TOPICS: Final = (
    revenue, refunds, disputes, customers, funnel, payments, cash, recurring, subscribers, inventory,
)  # fmt: skip

#: The slugs that are ours, and so in ``contracts/kpis.json``; a host's own are not.
OURS: Final[tuple[str, ...]] = tuple(kpi.slug for topic in _TOPICS for kpi in topic.KPIS)


def register(kpi: Kpi) -> None:
    """Add a KPI; a host does so in its ``AppConfig.ready``. The same one again changes nothing.

    Raises:
        ConfigurationError: its slug is no lower-case name, or taken by another.
    """
    if not kpi.slug.isidentifier() or kpi.slug != kpi.slug.lower():
        raise ConfigurationError(
            f"A KPI's slug is a lower-case name, such as gold_members: {kpi.slug!r:.80}."
        )
    if KPIS.setdefault(kpi.slug, kpi) != kpi:
        raise ConfigurationError(f"There is a KPI {kpi.slug!r} already.")


for _topic in _TOPICS:
    for _kpi in _topic.KPIS:
        register(_kpi)
