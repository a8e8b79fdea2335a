"""Carry out a plan under the locks: all of it, or nothing.

On PostgreSQL by one statement, which locks, checks and writes: when it has answered, the locks are
held for one round trip more, the commit. Elsewhere, and where the adapter wants its ``save()`` to be
called, rows are locked, read and written one model after the other.
"""

from __future__ import annotations

from django.db import connections, router
from django.db.models import Model

from revenue_intel.kit import prepared
from revenue_intel.stock import locks
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.stock.plans import Plan
from revenue_intel.stock.rows import opening_key
from revenue_intel.stock.statement import build_statement


def write_at_once(plan: Plan) -> bool:
    """Carry out the plan in one statement of PostgreSQL; False where it does not fit, or somebody was first.

    All or nothing. The rows stay locked in either case until the transaction ends. The host's
    ``save()`` and signals are passed by.
    """
    connection = connections[router.db_for_write(StockMovement)]
    statement, parameters = build_statement(plan, connection)
    with connection.cursor() as cursor:
        prepared.execute(connection, cursor, statement, parameters)
        ids = dict(cursor.fetchall())
    for movement in plan.movements if ids else ():
        movement.pk = ids[movement.key]
        movement._state.adding, movement._state.db = False, connection.alias
    return bool(ids)


def write_row_by_row(plan: Plan, *, use_save: bool) -> bool:
    """Carry out the plan by the ORM; False where it does not fit, or somebody was first."""
    locked = locks.lock_rows(plan.rows.values())
    counters = locks.read_counters(plan.rows.values(), locked)
    first, opening_keys = plan.movements[0].key, {row: opening_key(row) for row in plan.rows}
    # Read under the locks: somebody else may have opened a row since the history was read.
    known = StockMovement.objects.filter(key__in=[first, *opening_keys.values()])
    taken = set(known.values_list("key", flat=True))
    if first in taken or plan.find_short(counters) or plan.find_overfull(counters):
        return False
    openings = [plan.open(row, *counters[row]) for row, key in opening_keys.items() if key not in taken]
    for row, (quantity, held) in plan.changes().items():
        if row in counters:
            counter, reserved = counters[row]
            values = {row[2]: counter + quantity}
            if plan.rows[row].reserved_field:
                values[plan.rows[row].reserved_field] = max(reserved + held, 0)
            write_counters(locked[row], values, use_save=use_save)
    StockMovement.objects.bulk_create([*openings, *plan.movements])
    _keep_reservation(plan)
    return True


def write_counters(row: Model, values: dict[str, int], *, use_save: bool) -> None:
    """Write the counters of a locked row, by its ``save()`` or past it."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed and use_save:
        row.save(update_fields=list(changed))
    elif changed and not type(row)._base_manager.filter(pk=row.pk, **before).update(**changed):
        raise RuntimeError(f"{type(row)._meta.label} {row.pk} was changed under its lock.")


def _keep_reservation(plan: Plan) -> None:
    expires_at = plan.reserved_until()
    if expires_at is not None:
        StockReservation.objects.update_or_create(
            order_reference=plan.order_reference, defaults={"expires_at": expires_at}
        )
    elif plan.history.expires_at is not None:
        StockReservation.objects.filter(order_reference=plan.order_reference).delete()
