"""One row that a KPI's value is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Part:
    """One row that a value is made of: ``value`` is what it adds, in the KPI's unit."""

    kind: str
    id: str
    at: datetime
    value: int
    order_reference: str = ""
