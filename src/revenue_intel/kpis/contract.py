"""``contracts/kpis.json``: the definitions as a promise. One that changes raises its version."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from revenue_intel.exceptions import ContractViolation
from revenue_intel.kpis.base import Kpi
from revenue_intel.kpis.registry import KPIS, OURS


def render_contract(promised: Mapping[str, Any], kpis: Iterable[Kpi] | None = None) -> str:
    """Return the contract's text, as the registry has it now.

    Args:
        promised: the contract as it stands.
        kpis: the definitions; ours where None.

    Raises:
        ContractViolation: a definition is not what was promised, and its version was not raised.
    """
    now = {kpi.slug: described(kpi) for kpi in (kpis or (KPIS[slug] for slug in OURS))}
    before = promised.get("kpis", {})
    silent = [
        slug
        for slug, found in now.items()
        if slug in before
        and found["definition"] != before[slug]["definition"]
        and found["version"] <= before[slug]["version"]
    ]
    if silent:
        raise ContractViolation(
            f"The definition of {', '.join(silent)} has changed; raise its version in its Kpi."
        )
    return json.dumps({"kpis": now}, indent=2, ensure_ascii=False) + "\n"


def described(kpi: Kpi) -> dict[str, Any]:
    """Return one definition as plain values; ``definition`` is its fingerprint."""
    return {
        "name": kpi.name,
        "unit": str(kpi.unit),
        "formula": kpi.formula,
        "edge": kpi.edge,
        "sources": list(kpi.sources),
        "additive": kpi.additive,
        "since": kpi.since,
        "version": kpi.version,
        "definition": kpi.digest,
    }
