"""Append-only tables: what was written cannot be changed, by Python or by SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import (
    BalanceReading,
    CustomerVersion,
    DisputeVersion,
    LedgerEntry,
    OrderVersion,
    PaymentVersion,
    SubscriptionState,
)
from revenue_intel.issues.models import IssueChange
from revenue_intel.issues.services import open_issue
from revenue_intel.kit.append_only import append_only_models, install_guards
from revenue_intel.kpis.models import Restatement
from revenue_intel.stock.models import StockMovement
from tests.billing import subscribed
from tests.deliveries import deliver

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, tzinfo=UTC)


def make_entry(key: str = "sale:pi_1:1") -> LedgerEntry:
    return LedgerEntry.objects.create(
        key=key,
        kind="sale",
        object_id="pi_1",
        amount_minor=100,
        currency="gbp",
        livemode=False,
        occurred_at=AT,
        recorded_at=AT,
    )


def make_movement() -> StockMovement:
    return StockMovement.objects.create(
        key="opening:1", kind="opening", model="m", row="1", field="stock", quantity=1, recorded_at=AT
    )


def make_event() -> AuditEvent:
    return AuditEvent.objects.create(at=AT, actor="a", action="b", subject="c")


def make_state() -> SubscriptionState:
    deliver(subscribed("created"))
    return SubscriptionState.objects.get()


def make_restatement() -> Restatement:
    return Restatement.objects.create(
        currency="gbp",
        livemode=False,
        day=AT.date(),
        metric="orders",
        old=1,
        new=2,
        cause="order",
        recorded_at=AT,
    )


def make_order_version() -> OrderVersion:
    money = dict.fromkeys(
        ("total_minor", "discount_minor", "tax_minor", "shipping_minor", "refunded_minor"), 100
    )
    instants = dict.fromkeys(("created_at", "paid_at", "recorded_at", "superseded_at"), AT)
    return OrderVersion.objects.create(order_id=1, currency="gbp", livemode=True, **money, **instants)


def make_payment_version() -> PaymentVersion:
    return PaymentVersion.objects.create(
        payment_intent="pi_1", currency="gbp", livemode=True, recorded_at=AT, superseded_at=AT
    )


def make_dispute_version() -> DisputeVersion:
    instants = dict.fromkeys(("created_at", "recorded_at", "superseded_at"), AT)
    return DisputeVersion.objects.create(
        dispute_id="dp_1", status="won", currency="gbp", livemode=True, **instants
    )


def make_customer_version() -> CustomerVersion:
    return CustomerVersion.objects.create(customer_key=uuid4(), canonical=uuid4(), superseded_at=AT)


def make_balance_reading() -> BalanceReading:
    return BalanceReading.objects.create(livemode=True, complete_until=AT)


def make_issue_change() -> IssueChange:
    open_issue(kind="odd", subject="it", title="It is odd")
    return IssueChange.objects.get()


MAKERS: list[Callable[[], Any]] = [
    make_entry,
    make_movement,
    make_event,
    make_state,
    make_restatement,
    make_order_version,
    make_payment_version,
    make_dispute_version,
    make_customer_version,
    make_balance_reading,
    make_issue_change,
]


def execute(statement: str, *parameters: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_the_ledgers_the_restatements_and_what_was_known_are_append_only():
    assert set(append_only_models()) == {
        LedgerEntry,
        StockMovement,
        AuditEvent,
        SubscriptionState,
        OrderVersion,
        PaymentVersion,
        DisputeVersion,
        CustomerVersion,
        BalanceReading,
        IssueChange,
        Restatement,
    }


@pytest.mark.parametrize("make", MAKERS)
def test_the_database_itself_refuses_an_update(make):
    row = make()
    table = row._meta.db_table

    with pytest.raises(IntegrityError, match=f"{table} is append-only"):
        execute(f"UPDATE {table} SET id = id WHERE id = %s", row.pk)  # noqa: S608 - a table's own name


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite refuses a DELETE in Python only")
def test_postgresql_refuses_a_delete(make):
    row = make()
    table = row._meta.db_table

    with pytest.raises(IntegrityError, match=f"{table} is append-only"):
        execute(f"DELETE FROM {table} WHERE id = %s", row.pk)  # noqa: S608 - a table's own name


@pytest.mark.parametrize("make", MAKERS)
def test_a_row_refuses_to_be_saved_again_or_deleted(make):
    row = make()

    with pytest.raises(TypeError, match="append-only"):
        row.save()
    with pytest.raises(TypeError, match="append-only"):
        row.delete()


@pytest.mark.parametrize(
    "change",
    [
        lambda: LedgerEntry.objects.update(amount_minor=1),
        lambda: LedgerEntry.objects.filter(kind="sale").delete(),
        lambda: LedgerEntry.objects.all().delete(),
        lambda: LedgerEntry.objects.bulk_update(LedgerEntry.objects.all(), ["amount_minor"]),
        lambda: LedgerEntry.objects.update_or_create(key="sale:pi_1:1", defaults={"amount_minor": 1}),
    ],
    ids=["update", "filtered delete", "delete", "bulk_update", "update_or_create"],
)
def test_a_queryset_refuses_to_change_anything(change):
    make_entry()

    with pytest.raises(TypeError, match="append-only"), transaction.atomic():
        change()

    assert LedgerEntry.objects.get().amount_minor == 100


@pytest.mark.parametrize(
    "change",
    [
        lambda: LedgerEntry._base_manager.update(amount_minor=1),
        lambda: LedgerEntry.objects.bulk_create(
            [LedgerEntry(**{**LedgerEntry.objects.values().get(), "id": None, "amount_minor": 1})],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["amount_minor"],
        ),
    ],
    ids=["base manager", "upsert"],
)
def test_ways_past_the_manager_end_at_the_database(change):
    make_entry()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()

    assert LedgerEntry.objects.get().amount_minor == 100


def test_migrate_puts_a_guard_back_that_was_lost():
    table = LedgerEntry._meta.db_table
    on_table = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    execute(f'DROP TRIGGER "{table}_append_only"{on_table}')
    row = make_entry()
    execute(f"UPDATE {table} SET id = id WHERE id = %s", row.pk)  # noqa: S608 - a table's own name

    call_command("migrate", "revenue_intel", verbosity=0)

    with pytest.raises(IntegrityError):
        execute(f"UPDATE {table} SET id = id WHERE id = %s", row.pk)  # noqa: S608 - a table's own name


def test_installing_the_guards_again_changes_nothing():
    assert install_guards(using="default") == install_guards(using="default")
