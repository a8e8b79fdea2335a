"""Ask the database whether it answers, within a deadline of our own.

Where a database server hangs, a query hangs with it, and a probe that waits takes a web
worker with it. Only the client can end that wait: :mod:`revenue_intel.health.postgres` does.
SQLite runs inside this process: there is no server that could hang.
"""

from __future__ import annotations

import logging
import time
from typing import Final

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

#: How long the database has to answer, in seconds, connecting included.
DEADLINE_SECONDS: Final = 1.0


def database_answers(*, alias: str = DEFAULT_DB_ALIAS) -> bool:
    """Say whether the database answers ``SELECT 1`` in time.

    A connection that is kept between requests is used and kept. One that is broken or late is
    closed, and what is left of the time goes to a fresh one: a server that was restarted is found
    again by the very next probe.
    """
    connection = connections[alias]
    deadline = time.monotonic() + DEADLINE_SECONDS
    was_open = connection.connection is not None
    if _answers(connection, deadline):
        return True
    connection.close()
    return was_open and _answers(connection, deadline)


def _answers(connection: BaseDatabaseWrapper, deadline: float) -> bool:
    try:
        if _is_psycopg(connection):
            from revenue_intel.health import postgres  # psycopg is an extra, and not everywhere

            return postgres.answers(connection, deadline=deadline)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except (DatabaseError, OSError) as error:
        logger.warning("The database does not answer: %s.", type(error).__name__)
        return False


def _is_psycopg(connection: BaseDatabaseWrapper) -> bool:
    driver = getattr(connection, "Database", None)
    return getattr(driver, "__name__", "") == "psycopg"
