"""Which database KPIs are read from: the one of ``REVENUE_INTEL_ANALYTICS_DATABASE``, such as a replica."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

from revenue_intel.conf import settings as conf
from revenue_intel.facts.models import OrderFact

Row = TypeVar("Row", bound=Model)


def analytics_alias() -> str:
    """Return the alias of the database that KPIs are read from."""
    return conf.ANALYTICS_DATABASE or router.db_for_read(OrderFact)


def analytics_connection() -> BaseDatabaseWrapper:
    """Return the connection to it."""
    return connections[analytics_alias()]


def rows_of(statement: str, arguments: Any = None) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, read from there."""
    with analytics_connection().cursor() as cursor:
        cursor.execute(statement, arguments)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def instant_of(value: datetime | str) -> datetime:
    """Return the instant that a database gave for a column of instants: SQLite names no zone, and may give text."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def stored(model: type[Row]) -> QuerySet[Row]:
    """Return all rows of a model, to be read from there."""
    rows: Any = model._default_manager.using(analytics_alias())
    found: QuerySet[Row] = rows.all()
    return found
