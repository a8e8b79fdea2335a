"""The doctor: is this installation fit to take a payment, and if not, what to type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.core import checks as django_checks
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from revenue_intel.access.selectors import find_unsynced_roles
from revenue_intel.conf import settings as conf
from revenue_intel.kit import clock
from revenue_intel.quality.checks.guards import find_unguarded_tables
from revenue_intel.shop import find_shop
from revenue_intel.webhooks.endpoints import all_endpoints
from revenue_intel.webhooks.selectors import count_events
from revenue_intel.webhooks.uninteresting import UNKNOWN_TYPE

#: How far back the doctor looks for an order to try the adapter on, and for events.
RECENT: Final = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at.

    ``remedy`` says what to type. Where something ``essential`` is unhealthy, money or numbers suffer.
    """

    healthy: bool
    says: str
    remedy: str = ""
    essential: bool = True


def examine() -> Iterator[Diagnosis]:
    """Yield what was found, most basic things first. Writes nothing.

    An examination that fails is a finding itself: the doctor does not crash.
    """
    for topic, examination in EXAMINATIONS.items():
        try:
            yield from examination()
        except Exception as error:
            says = f"{topic}: cannot be examined ({type(error).__name__}: {error})"
            yield Diagnosis(healthy=False, says=says, remedy="mend what is named above, then ask again")


def _settings() -> Iterator[Diagnosis]:
    messages = django_checks.run_checks(tags=["revenue_intel"])
    for message in messages:
        yield Diagnosis(
            healthy=False,
            says=f"{message.msg} ({message.id})",
            remedy=message.hint or "",
            essential=message.is_serious(django_checks.ERROR),
        )
    if not messages:
        yield Diagnosis(healthy=True, says="the settings are sound")


def _keys() -> Iterator[Diagnosis]:
    yield Diagnosis(
        healthy=bool(conf.STRIPE_SECRET_KEY),
        says="payments can be started"
        if conf.STRIPE_SECRET_KEY
        else "no payment can be started: no secret key",
        remedy='REVENUE_INTEL_STRIPE_SECRET_KEY = "sk_..." in your settings',
        essential=False,
    )
    count = sum(len(endpoint.secrets) for endpoint in all_endpoints())
    yield Diagnosis(
        healthy=bool(count),
        says=f"webhook secrets: {count}" if count else "no event can be taken in: no webhook secret",
        remedy='REVENUE_INTEL_STRIPE_WEBHOOK_SECRETS = ["whsec_..."] in your settings',
    )


def _webhook_address() -> Iterator[Diagnosis]:
    for path in [endpoint.path for endpoint in all_endpoints()] or [reverse("payments:webhook")]:
        yield Diagnosis(healthy=True, says=f"Stripe's endpoint is https://<your host>{path}")


def _events() -> Iterator[Diagnosis]:
    counts = count_events(since=clock.now() - RECENT)
    outcomes: Counter[str] = Counter()
    for count in counts:
        outcomes[count.outcome] += count.events
    parts = [f"{number} {outcome}" for outcome, number in sorted(outcomes.items())]
    again = sum(count.duplicates for count in counts)
    yield Diagnosis(
        healthy=True,
        says=f"events of the last {RECENT.days} days: {', '.join(parts) or 'none'}; delivered again: {again}",
    )
    unknown = [count.type for count in counts if count.reason == UNKNOWN_TYPE]
    if unknown:
        yield Diagnosis(
            healthy=False,
            says=f"events of types that are not known here came in: {', '.join(unknown)}",
            remedy="python manage.py revenue_required_events says what the endpoint should subscribe to",
            essential=False,
        )


def _migrations() -> Iterator[Diagnosis]:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes("revenue_intel"))
    names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in plan)
    yield Diagnosis(
        healthy=not plan,
        says=f"migrations are missing: {names}" if plan else "migrations are applied",
        remedy="python manage.py migrate",
    )


def _guards() -> Iterator[Diagnosis]:
    tables = find_unguarded_tables()
    yield Diagnosis(
        healthy=not tables,
        says=f"can be changed: {', '.join(tables)}" if tables else "the append-only tables are guarded",
        remedy="python manage.py migrate revenue_intel",
    )


def _roles() -> Iterator[Diagnosis]:
    roles = find_unsynced_roles()
    yield Diagnosis(
        healthy=not roles,
        says=f"roles are not set up: {', '.join(roles)}" if roles else "roles are set up",
        remedy="python manage.py revenue_sync_roles",
    )


def _adapter() -> Iterator[Diagnosis]:
    shop = find_shop()
    if shop is None:
        says, remedy = (
            "there is no adapter: no order is settled",
            'REVENUE_INTEL_SHOP = "myshop.revenue.Shop"',
        )
        yield Diagnosis(healthy=False, says=says, remedy=remedy, essential=False)
        return
    order = next(iter(shop.orders_changed_since(clock.now() - RECENT)), None)
    if order is None:
        says = f"no order changed in the last {RECENT.days} days: the adapter was not tried"
        yield Diagnosis(healthy=True, says=says)
        return
    reference = shop.describe(order).reference
    shop.stock_lines(order)
    found = shop.find_order(reference) is not None
    yield Diagnosis(
        healthy=found,
        says=f"the adapter describes order {reference}" + ("" if found else ", but does not find it again"),
        remedy="let find_order find what describe calls the order's reference",
    )


EXAMINATIONS: Final[dict[str, Callable[[], Iterator[Diagnosis]]]] = {
    "settings": _settings,
    "keys": _keys,
    "webhook address": _webhook_address,
    "migrations": _migrations,
    "append-only guards": _guards,
    "roles": _roles,
    "adapter": _adapter,
    "events": _events,
}
