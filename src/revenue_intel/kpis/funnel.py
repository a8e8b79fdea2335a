"""The funnel: its two ends, each counted on its own, and the closed funnel between them (K19)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final
from uuid import UUID

from django.db.models import Q

from revenue_intel.facts.models import FunnelStep
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.base import Asked, Kpi, Unit, Value, percentage
from revenue_intel.kpis.counting import read_people
from revenue_intel.kpis.databases import analytics_connection, rows_of, stored
from revenue_intel.kpis.known import as_known, buyers_known_at, people_known_at, table_known_at
from revenue_intel.kpis.questions import Scope, inside
from revenue_intel.kpis.revenue import paid_orders

#: The last step, which is a paid order.
PURCHASED: Final = "purchased"


@dataclass(frozen=True, kw_only=True)
class FunnelRow:
    """One step of the closed funnel: how many people came this far, and how many percent of those before."""

    step: str
    people: int
    of_previous_pct: Decimal | None
    of_first_pct: Decimal | None


def find_recorded_steps(known_at: datetime | None = None) -> tuple[str, ...]:
    """Return the steps, in their order, of which the shop has ever recorded one."""
    connection = analytics_connection()
    steps = table_known_at(FunnelStep, known_at, quote=connection.ops.quote_name)
    arguments: dict[str, object] = {f"step_{step}": step.value for step in FunnelStep.Step}
    if known_at is not None:
        arguments["known_at"] = connection.ops.adapt_datetimefield_value(known_at)
    seen = ", ".join(
        f"EXISTS (SELECT 1 FROM {steps} s WHERE s.step = %(step_{step})s)"  # noqa: S608 - our own table
        for step in FunnelStep.Step
    )
    [found] = rows_of(f"SELECT {seen}", arguments)
    return tuple(step.value for step, is_seen in zip(FunnelStep.Step, found, strict=True) if is_seen)


def read_funnel(
    window: Window, scope: Scope, recorded: Sequence[str], known_at: datetime | None = None
) -> list[FunnelRow]:
    """Return the closed funnel of a window: a step counts only at or after the step before, by the same person.

    ``recorded`` are the steps that the shop records; without any there is no funnel. Time and memory grow
    with the steps in the window.
    """
    if not recorded:
        return []
    taken: dict[str, list[tuple[UUID, datetime]]] = {
        step: read_steps(window, step, known_at) for step in recorded
    }
    taken[PURCHASED] = read_buyers(window, scope, known_at)
    return funnel_rows(taken)


def read_steps(window: Window, step: str, known_at: datetime | None) -> list[tuple[UUID, datetime]]:
    """Return who took a step in a window, and when."""
    steps = as_known(stored(FunnelStep), known_at).filter(inside(window, "at"), step=step)
    joined = people_known_at(known_at) if known_at else {}
    taken = steps.values_list("customer_id", "customer__canonical", "at")
    return [(joined.get(customer, canonical), at) for customer, canonical, at in taken]


def read_buyers(window: Window, scope: Scope, known_at: datetime | None) -> list[tuple[UUID, datetime]]:
    """Return who paid an order in a window, and when."""
    if known_at is not None:
        return buyers_known_at(known_at, inside(window, "paid_at") & Q(**scope.filters))
    orders = paid_orders(scope).filter(inside(window, "paid_at"), customer__isnull=False)
    return [
        (person, at) for person, at in orders.values_list("customer__canonical", "paid_at") if at is not None
    ]


def funnel_rows(taken: dict[str, list[tuple[UUID, datetime]]]) -> list[FunnelRow]:
    """Return the rows of the funnel, from who took each step when, in the steps' order."""
    counts: list[tuple[str, int]] = []
    reached: dict[UUID, datetime] | None = None
    for step, moves in taken.items():
        reached = _earliest(moves, reached)
        counts.append((step, len(reached)))
    first = counts[0][1]
    rows = [
        FunnelRow(
            step=counts[0][0], people=first, of_previous_pct=None, of_first_pct=percentage(first, first)
        )
    ]
    rows += [
        FunnelRow(
            step=step,
            people=people,
            of_previous_pct=percentage(people, before),
            of_first_pct=percentage(people, first),
        )
        for (_, before), (step, people) in pairwise(counts)
    ]
    return rows


def _earliest(
    moves: Iterable[tuple[UUID, datetime]], reached: dict[UUID, datetime] | None
) -> dict[UUID, datetime]:
    """Return when each person first took a step, at or after they had reached the one before."""
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for person, at in moves:
        if reached is None or (person in reached and at >= reached[person]):
            found[person].append(at)
    return {person: min(instants) for person, instants in found.items()}


def wishlisted_users(asked: Asked) -> Value:
    """Count people, not wishes."""
    if FunnelStep.Step.WISHLISTED not in asked.recorded_steps:
        return 0
    return len({person for person, _ in read_steps(asked.window, FunnelStep.Step.WISHLISTED, asked.known_at)})


def purchased_users(asked: Asked) -> Value:
    """Count the buyers."""
    return asked.totals.buyers


def funnel_conversion_pct(asked: Asked) -> Value:
    """Compare the closed funnel's ends."""
    rows = read_funnel(asked.window, asked.scope, asked.recorded_steps, asked.known_at)
    return percentage(rows[-1].people, rows[0].people) if rows else None


KPIS: Final = (
    Kpi(
        slug="wishlisted_users",
        name="Wishlisted",
        unit=Unit.COUNT,
        formula="The number of different people who put something on a wishlist in the window.",
        code=wishlisted_users,
        through=(read_steps,),
        sources=("FunnelStep of step wishlisted, by at", "Customer.canonical"),
        since="0.1",
        additive=False,
        edge="A wish has no currency: the number is the same whatever currency is asked for.",
    ),
    Kpi(
        slug="purchased_users",
        name="Purchased",
        unit=Unit.COUNT,
        formula="The number of different people who paid an order in the window, whether they wished or not.",
        code=purchased_users,
        through=(read_people,),
        sources=("unique_customers",),
        since="0.1",
        additive=False,
        edge="The same people as unique_customers; named apart because it ends the funnel.",
    ),
    Kpi(
        slug="funnel_conversion_pct",
        name="Conversion",
        unit=Unit.PERCENT,
        formula="The people who went through every recorded step in its order and then paid, all in the window, "
        "÷ the people who took the first step in it × 100, rounded half up to two decimals.",
        code=funnel_conversion_pct,
        through=(read_funnel, read_steps, read_buyers, funnel_rows),
        sources=("FunnelStep", "OrderFact.paid_at", "Customer.canonical"),
        since="0.2",
        additive=False,
        edge="Steps: wishlisted, carted, checkout started, purchased; one that the shop never recorded is left "
        "out. Null where nobody took the first step.",
    ),
)
