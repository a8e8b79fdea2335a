"""The admin shows what is stored and changes nothing: corrections are made by commands, and leave a trace."""

from __future__ import annotations

from revenue_intel.admin import billing, events, kpis, money, orders, people, versions

__all__ = ["billing", "events", "kpis", "money", "orders", "people", "versions"]
