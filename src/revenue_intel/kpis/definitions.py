"""Write ``docs/kpi_definitions.md``: what every KPI and every export column means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from revenue_intel.kit.contracts import load_contract
from revenue_intel.kpis.base import Kpi
from revenue_intel.kpis.registry import KPIS, OURS

PREFACE = """\
# KPI definitions

This page is generated from the registry and the export contracts; do not edit it. Make it again with
`python manage.py revenue_kpis --definitions > docs/kpi_definitions.md`.

## Windows, money, people

- A window of N days ({windows}) is the last N calendar days in `REVENUE_INTEL_TIME_ZONE`, today included, or the
  day given as `as_of`. It is half-open: from the first day's midnight to the midnight after the last day, so
  that an instant exactly at the end belongs to the next window. A day on which the clocks change has 23 or 25
  hours.
- The window before is the N days before. Today is flagged as partial.
- An order counts by the instant it was paid; a refund by the instant it was created.
- Money is integer minor units of one currency, one mode (live or test) and one account. Nothing is ever added up
  across these. In exports money is a decimal in major units, with as many decimals as Stripe gives the currency;
  RefundPennies is in minor units.
- Fees and net cash are in the currency of settlement, in which Stripe keeps the balance; everything else is in the
  currency of sale. The two are never added up or divided.
- KPIs of subscriptions are read from the states of subscriptions and answered apart (`compute_subscriptions`,
  `api/v1/subscriptions/`, `revenue_kpis --subscriptions`); a window's end counts as the instant *at* which they stand.
- KPIs of stock are read from the movements of stock and answered apart (`compute_inventory`, `api/v1/inventory/`,
  `revenue_kpis --inventory`). Pieces have no currency, mode or account: all stock rows of all models are together.
- A person is known by the shop's user, else the Stripe customer, else the e-mail address, and counts once, however
  many of these they were seen under.
"""

UNITS = {
    "money": "money (minor units in the API, major units in exports)",
    "count": "count",
    "percent": "percent, two decimals",
    "seconds": "whole seconds",
    "ratio": "a ratio, two decimals",
    "days": "days, one decimal",
}


def render_definitions() -> str:
    """Return the page as Markdown."""
    return "\n".join(lines()) + "\n"


def lines() -> Iterator[str]:
    """Yield the page's lines."""
    promise = load_contract("kpi_contract.json")
    yield PREFACE.format(windows=", ".join(str(days) for days in promise["windows_days"]))
    yield "## KPIs"
    for slug in OURS:
        yield ""
        yield from lines_of_kpi(KPIS[slug])
    yield ""
    yield "## Exports"
    yield ""
    yield f"Contract version {promise['version']}. One currency a file."
    for name in promise["exports"]:
        yield ""
        yield from lines_of_export(name, load_contract(f"exports/{name}.schema.json"))


def lines_of_kpi(kpi: Kpi) -> Iterator[str]:
    """Yield one KPI's section."""
    yield f"### {kpi.slug}"
    yield ""
    yield f"**{kpi.name}.** {kpi.formula}"
    yield ""
    yield f"- Unit: {UNITS[kpi.unit]}"
    yield f"- Source: {'; '.join(f'`{source}`' for source in kpi.sources)}"
    if kpi.edge:
        yield f"- Edge cases: {kpi.edge}"
    if kpi.of_subscriptions:
        yield "- Answered with: the other KPIs of subscriptions"
    if kpi.of_stock:
        yield "- Answered with: the other KPIs of stock"
    yield f"- Adds up over days: {'yes' if kpi.additive else 'no'}"
    yield f"- Since: {kpi.since}; version {kpi.version}"


def lines_of_export(name: str, schema: dict[str, Any]) -> Iterator[str]:
    """Yield one export's section: its columns in order."""
    yield f"### Export `{name}`"
    yield ""
    yield schema["description"]
    yield ""
    yield "| column | type | unit | meaning |"
    yield "|---|---|---|---|"
    for field in schema["fields"]:
        yield f"| `{field['name']}` | {field['type']} | {field.get('unit', '')} | {field['description']} |"
