"""``SELECT 1`` on PostgreSQL with a deadline of the client's.

A statement timeout is the server's and does not come from a server that hangs; libpq's own
``connect_timeout`` knows no less than two seconds. So the wait is here: libpq is driven without
blocking, and every wait on its socket ends at the deadline.
"""

from __future__ import annotations

import selectors
import time

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import conninfo, pq


def answers(connection: BaseDatabaseWrapper, *, deadline: float) -> bool:
    """Say whether the server answers, on the open connection or, without one, on one made for this.

    Where the site keeps connections between requests (``CONN_MAX_AGE``), one is opened for the next
    probe once the server is known to answer.

    Args:
        connection: Django's connection of this thread; left open or closed, as it was found.
        deadline: when to give up, by ``time.monotonic()``.

    Raises:
        TimeoutError: there was no answer in time. The connection is then in the middle of a query:
            close it.
        django.db.DatabaseError: the server cannot be reached, or broke the connection.
    """
    with connection.wrap_database_errors:
        if connection.connection is not None:
            return _select_one(connection.connection.pgconn, deadline)
        pgconn = pq.PGconn.connect_start(_conninfo(connection))
        try:
            _connect(pgconn, deadline)
            answered = _select_one(pgconn, deadline)
        finally:
            pgconn.finish()
    if answered and connection.settings_dict["CONN_MAX_AGE"] != 0:
        connection.ensure_connection()
    return answered


def _conninfo(connection: BaseDatabaseWrapper) -> bytes:
    """Return where the server is, from Django's settings, less what is Django's or psycopg's alone."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    parameters = {name: value for name, value in connection.get_connection_params().items() if name in known}
    return conninfo.make_conninfo(**parameters).encode()


def _connect(pgconn: pq.abc.PGconn, deadline: float) -> None:
    while (status := pgconn.connect_poll()) != pq.PollingStatus.OK:
        if status == pq.PollingStatus.FAILED:
            raise psycopg.OperationalError("connection failed")
        reading = status == pq.PollingStatus.READING
        _wait(pgconn, selectors.EVENT_READ if reading else selectors.EVENT_WRITE, deadline)
    pgconn.nonblocking = 1


def _select_one(pgconn: pq.abc.PGconn, deadline: float) -> bool:
    pgconn.send_query(b"SELECT 1")
    pgconn.flush()
    answered = False
    while True:
        while pgconn.is_busy():
            _wait(pgconn, selectors.EVENT_READ, deadline)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            return answered
        answered = result.status == pq.ExecStatus.TUPLES_OK


def _wait(pgconn: pq.abc.PGconn, event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pgconn.socket, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise TimeoutError("The database did not answer in time.")
