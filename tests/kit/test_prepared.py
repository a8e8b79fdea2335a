"""A statement is prepared where that is safe, and wherever a prepared one is lost the work is done all the same."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from revenue_intel.kit import prepared, transactions
from revenue_intel.kit.together import ask_later
from tests.factories import make_product
from tests.host.models import Product
from tests.threads import postgres_only

pytestmark = pytest.mark.django_db(transaction=True)

DOUBLE = "SELECT %s::integer * 2, '100%%'"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Begin with a connection on which nothing was run; forget what was switched off."""
    monkeypatch.setattr(prepared, "_off", set())
    monkeypatch.setattr(transactions, "PAUSE_SECONDS", 0)
    connection.close()
    yield
    connection.close()


def run(statement: str = DOUBLE, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        prepared.execute(connection, cursor, statement, parameters or (21,))
        return cursor.fetchone()


def run_often(statement: str = DOUBLE, *parameters: Any) -> Any:
    for _ in range(prepared.AFTER + 1):
        answer = run(statement, *parameters)
    return answer


def prepared_on_the_server() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        found: list[tuple[str, int]] = cursor.fetchall()
        return found


def say(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def pooler(monkeypatch):
    """Let another process answer than the one that was connected to."""
    connection.ensure_connection()
    info = type(connection.connection.info)
    monkeypatch.setattr(info, "backend_pid", property(lambda _: -1))


@postgres_only
def test_a_statement_is_prepared_once_it_has_been_run_a_few_times():
    answers = [run(DOUBLE, number) for number in range(prepared.AFTER)]
    assert prepared_on_the_server() == []

    answers += [run(DOUBLE, number) for number in range(prepared.AFTER, 20)]

    assert answers == [(number * 2, "100%") for number in range(20)]
    ((_, runs),) = prepared_on_the_server()
    assert runs == 20 - prepared.AFTER


@postgres_only
def test_preparing_is_not_counted_among_the_callers_statements(django_assert_num_queries):
    with django_assert_num_queries(prepared.AFTER + 1):
        run_often()

    assert len(prepared_on_the_server()) == 1


def test_on_every_database_the_answer_is_the_same():
    assert run_often("SELECT 20 + %s", 1) == (21,)


@postgres_only
@pytest.mark.parametrize(
    "options", [{"DISABLE_SERVER_SIDE_CURSORS": True}, {"OPTIONS": {"server_side_binding": True}}]
)
def test_nothing_is_prepared_where_the_host_has_a_pooler_or_lets_the_driver_prepare(options, monkeypatch):
    for name, value in options.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    if "OPTIONS" in options:
        monkeypatch.setattr(connection.features, "uses_server_side_binding", True)

    assert run_often() == (42, "100%")
    assert prepared_on_the_server() == []


@postgres_only
@pytest.mark.usefixtures("pooler")
def test_nothing_is_prepared_behind_a_pooler_that_nobody_told_us_of():
    assert run_often() == (42, "100%")
    assert prepared_on_the_server() == []


@postgres_only
@pytest.mark.parametrize("lose", ["DISCARD ALL", "DEALLOCATE ALL"])
def test_one_that_was_lost_is_done_without_and_nothing_is_prepared_any_more(lose, caplog):
    run_often()
    say(lose)

    assert run_often() == (42, "100%")
    assert prepared_on_the_server() == []
    assert caplog.text.count("no longer prepared") == 1


@postgres_only
def test_a_new_connection_begins_anew():
    run_often()
    connection.close()

    assert run_often() == (42, "100%")
    ((_, runs),) = prepared_on_the_server()
    assert runs == 1


@postgres_only
def test_a_connection_that_the_server_ended_begins_anew():
    run_often()
    with pytest.raises(Exception, match="terminating"):
        say("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()

    assert run_often() == (42, "100%")


@postgres_only
def test_one_that_is_lost_in_a_transaction_of_ours_runs_the_transaction_again_and_commits_once():
    run_often()
    tries = []

    def work():
        tries.append(make_product("Mug"))
        if len(tries) == 1:
            say("DEALLOCATE ALL")
        return run()

    assert transactions.run(work) == (42, "100%")
    assert (len(tries), Product.objects.count()) == (2, 1)


@postgres_only
def test_in_a_transaction_of_ours_a_statement_is_prepared_and_executed():
    assert transactions.run(run_often) == (42, "100%")
    assert transactions.run(run) == (42, "100%")

    ((_, runs),) = prepared_on_the_server()
    assert runs == 2


@postgres_only
def test_in_a_transaction_of_the_hosts_nothing_prepared_is_asked_for():
    run_often()

    with transaction.atomic():
        make_product("Mug")
        say("DEALLOCATE ALL")
        assert run_often() == (42, "100%")
        assert transactions.run(run) == (42, "100%")  # ours within the host's is not run again either

    assert Product.objects.count() == 1


@postgres_only
@pytest.mark.parametrize("around", [lambda work: work(), transactions.run], ids=["alone", "in a transaction"])
def test_a_name_that_somebody_has_taken_does_no_harm(around, caplog):
    run_often()
    ((text, _),) = prepared_on_the_server()
    name = text.split()[1]
    connection.close()
    say(f"PREPARE {name}(integer) AS SELECT -1, 'of another'")

    def work():
        make_product("Mug")
        return run_often()

    assert around(work) == (42, "100%")
    assert Product.objects.count() == 1
    assert "already exists" in caplog.text


@postgres_only
@pytest.mark.parametrize("around", [lambda work: work(), transactions.run], ids=["alone", "in a transaction"])
def test_what_cannot_be_prepared_is_run_as_it_is(around):
    untyped = "SELECT pg_typeof(%s) = 'unknown'::regtype"

    def work():
        make_product("Mug")
        return run_often(untyped, "x")

    assert around(work) == (True,)
    assert Product.objects.count() == 1


@postgres_only
def test_no_more_are_prepared_than_a_connection_should_hold(monkeypatch):
    monkeypatch.setattr(prepared, "MOST", 3)

    answers = [run_often(f"SELECT {number} + %s", 1) for number in range(5)]

    assert answers == [(number + 1,) for number in range(5)]
    assert len(prepared_on_the_server()) == 3


@postgres_only
def test_an_error_of_the_statement_goes_up_and_leaves_it_prepared():
    run_often("SELECT 1 / %s", 1)

    with pytest.raises(Exception, match="division by zero"):
        run("SELECT 1 / %s", 0)

    assert run("SELECT 1 / %s", 1) == (1,)
    assert len(prepared_on_the_server()) == 1


@postgres_only
def test_a_table_that_is_made_anew_is_found():
    say("CREATE TABLE shelf_of_a_test (stock integer)")
    try:
        run_often("SELECT count(*) FROM shelf_of_a_test WHERE stock > %s", 0)
        say("DROP TABLE shelf_of_a_test")
        say("CREATE TABLE shelf_of_a_test (name text, stock bigint)")
        say("INSERT INTO shelf_of_a_test VALUES ('Mug', 1)")

        assert run("SELECT count(*) FROM shelf_of_a_test WHERE stock > %s", 0) == (1,)
    finally:
        say("DROP TABLE shelf_of_a_test")


@postgres_only
def test_a_table_that_is_migrated_meanwhile_is_read_all_the_same():
    make_product("Pen", "1.00", stock=3)
    statement = "SELECT name FROM host_product WHERE stock = %s"
    run_often(statement, 3)
    say("ALTER TABLE host_product ALTER name TYPE varchar(201)")
    try:
        assert transactions.run(lambda: run(statement, 3)) == ("Pen",)
    finally:
        say("ALTER TABLE host_product ALTER name TYPE varchar(200)")


@postgres_only
def test_one_that_is_lost_while_it_waits_for_the_next_is_done_without(caplog):
    def work():
        asked = ask_later(DOUBLE, [21], using="default")
        return asked.rows()

    for _ in range(prepared.AFTER + 1):
        transactions.run(work)
    say("DISCARD ALL")

    assert transactions.run(work) == [(42, "100%")]
    assert prepared_on_the_server() == []
    assert caplog.text.count("no longer prepared") == 1
