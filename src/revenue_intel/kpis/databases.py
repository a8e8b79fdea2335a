"""Which database KPIs are read from: the one of ``REVENUE_INTEL_ANALYTICS_DATABASE``, such as a replica."""

from __future__ import annotations

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


def stored(model: type[Row]) -> QuerySet[Row]:
    """Return all rows of a model, to be read from there."""
    rows: Any = model._default_manager.using(analytics_alias())
    found: QuerySet[Row] = rows.all()
    return found
