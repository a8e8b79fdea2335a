"""The PostgreSQL test database can be dropped even while a session lingers on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db import connection

from tests import postgres

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no sessions that could linger: PostgreSQL only"
)

DATABASE = f"revenue_teardown_{os.getpid()}"  # workers share a server


def connect(database: str) -> Any:
    import psycopg  # an extra: not there on a machine that has SQLite only

    return psycopg.connect(
        host=connection.settings_dict["HOST"], user=postgres.USER, dbname=database, autocommit=True
    )


@pytest.fixture
def server() -> Iterator[Any]:
    with closing(connect(postgres.DATABASE)) as session, session.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        yield cursor
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def test_a_plain_drop_fails_while_a_session_lingers(server):
    import psycopg

    with closing(connect(DATABASE)), pytest.raises(psycopg.errors.ObjectInUse):
        server.execute(f"DROP DATABASE {DATABASE}")


def test_the_drop_succeeds_after_lingering_sessions_are_ended(server):
    import psycopg

    with closing(connect(DATABASE)) as idle, closing(connect(DATABASE)) as busy:
        busy.autocommit = False
        busy.execute("CREATE TABLE held (id int)")

        postgres.close_sessions(server, DATABASE)
        server.execute(f"DROP DATABASE {DATABASE}")

        for session in (idle, busy):
            with pytest.raises(psycopg.OperationalError):
                session.execute("SELECT 1")
    server.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [DATABASE])
    assert server.fetchone() == (0,)


def test_no_session_can_begin_between_the_ending_and_the_drop(server):
    import psycopg

    postgres.close_sessions(server, DATABASE)

    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        connect(DATABASE)
