"""Stock is moved by a prepared statement, and the same where that was taken away."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from revenue_intel.kit import prepared
from revenue_intel.stock import services as stock
from revenue_intel.stock.models import StockMovement
from tests.host.models import Product
from tests.stock.shelves import SOON, available, line, make_one, make_two
from tests.threads import postgres_only

pytestmark = [postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Begin with a connection on which nothing was run; forget what was switched off."""
    monkeypatch.setattr(prepared, "_off", set())
    connection.close()
    yield
    connection.close()


def ask(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


def rows_read_in_passing(table):
    """Return how many rows were read because the whole table was."""
    ask("SELECT pg_stat_force_next_flush()")
    ((rows,),) = ask("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = %s", table)
    return rows


def runs():
    """How often each prepared statement of this connection was run, most often first."""
    return [
        n
        for (n,) in ask(
            "SELECT generic_plans + custom_plans AS n FROM pg_prepared_statements ORDER BY n DESC"
        )
    ]


@pytest.mark.parametrize("make", [make_one, make_two], ids=["one field", "two fields"])
def test_orders_that_follow_each_other_are_reserved_and_committed_by_prepared_statements(make):
    mug, pen = make(100), make(100, "Pen")

    for number in range(20):
        lines = [line(mug, 1, "1"), line(pen, 2, "2")]
        stock.reserve(order_reference=f"R{number}", lines=lines, expires_at=SOON)
        stock.commit(order_reference=f"R{number}", lines=lines)
        stock.commit(order_reference=f"C{number}", lines=lines)

    assert (
        len([n for n in runs() if n >= 20 - prepared.AFTER - 1]) >= 3
    )  # reserve, commit after it, commit alone
    assert (available(mug), available(pen)) == (60, 20)


@pytest.mark.parametrize("lose", ["DISCARD ALL", "DEALLOCATE ALL"])
def test_an_order_whose_prepared_statement_was_taken_away_is_committed_once(lose):
    mug = make_one(100)
    for number in range(10):
        stock.commit(order_reference=f"R{number}", lines=[line(mug, 1)])
    assert runs()

    ask(lose)
    moved = stock.commit(order_reference="R10", lines=[line(mug, 1)])

    assert stock.commit(order_reference="R10", lines=[line(mug, 1)]) == moved
    assert available(mug) == 89


def test_in_the_hosts_own_transaction_a_prepared_statement_that_was_taken_away_ends_nothing():
    mug = make_one(100)
    for number in range(10):
        stock.commit(order_reference=f"R{number}", lines=[line(mug, 1)])

    with transaction.atomic():
        ask("DEALLOCATE ALL")
        stock.commit(order_reference="R10", lines=[line(mug, 1)])

    assert available(mug) == 89


def test_a_plan_that_was_made_for_empty_tables_looks_keys_up_in_long_ones_and_is_kept():
    mug = make_one(1000)
    for number in range(20):
        stock.commit(order_reference=f"R{number}", lines=[line(mug, 1)])
    tables = [StockMovement._meta.db_table, Product._meta.db_table]
    ask(
        f"INSERT INTO {tables[0]} (key, kind, model, row, field, reserved_field, quantity, held, pieces,"  # noqa: S608 - no input
        " order_reference, line_key, cause, event_id, recorded_at)"
        " SELECT 'old:' || n, 'adjust', 'elsewhere.shelf', n, 'stock', '', 0, 0, 0, '', '', '', '', now()"
        " FROM generate_series(1, 100000) n"
    )
    Product.objects.bulk_create(Product(name=f"Mug {n}", price=1, stock=1) for n in range(5000))

    before = [rows_read_in_passing(table) for table in tables]
    for number in range(20, 50):
        stock.commit(order_reference=f"R{number}", lines=[line(mug, 1)])

    assert [rows_read_in_passing(table) for table in tables] == before
    ((by_one_plan,),) = ask("SELECT max(generic_plans) FROM pg_prepared_statements")
    assert by_one_plan >= 30


def entries_read_by(index):
    """Return how many entries of an index were read."""
    ask("SELECT pg_stat_force_next_flush()")
    ((entries,),) = ask("SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = %s", index)
    return entries


def test_what_an_order_takes_costs_the_same_however_often_others_took_of_the_same_row():
    mug = make_one(1000)
    # Of two indexes that seem to cost the same the planner takes the newest: here the one that it should not take.
    ask("DROP INDEX revint_stock_row")
    ask("CREATE INDEX revint_stock_row ON revenue_intel_stockmovement (model, row, field)")

    before = entries_read_by("revint_stock_row")
    for number in range(60):
        stock.reserve(order_reference=f"R{number}", lines=[line(mug, 1)], expires_at=SOON)

    assert entries_read_by("revint_stock_row") == before
