"""Let PostgreSQL plan a statement once a connection: for large ones that are run again and again.

By ``PREPARE`` and ``EXECUTE``, through Django's cursor. A statement is prepared when it has been run a few times on
a connection, and only where it is sure to be there when it is asked for: on a connection that leads straight to its
server process. A pooler that lends each transaction another one does not. Where it was lost all the same – somebody
has said ``DISCARD ALL``, or migrated its table – the work is done without it, and nothing is prepared any more in this process.

Within a transaction that is not run again by us nothing prepared is asked for: an error would end the host's work.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import DatabaseError

logger = logging.getLogger(__name__)

#: How often a statement is run on a connection before it is prepared there.
AFTER: Final = 5
#: How many statements are prepared on one connection: each costs its server process memory.
MOST: Final = 64
#: A prepared statement is not there any more, or what it answers has changed with its table.
LOST: Final = frozenset({"26000", "0A000"})

_off: set[str] = set()
#: The database whose transaction is run again by us if need be; empty where there is none.
_run_again: ContextVar[str] = ContextVar("revenue_intel_run_again", default="")


@dataclass
class _Session:
    """What one connection has run, and what is prepared on it: the text that executes a statement, by its text."""

    uses: Counter[str] = field(default_factory=Counter)
    prepared: dict[str, str] = field(default_factory=dict)
    is_direct: bool | None = None


_sessions: WeakKeyDictionary[Any, _Session] = WeakKeyDictionary()


def execute(connection: Any, cursor: Any, statement: str, parameters: Sequence[Any]) -> None:
    """Run a statement on Django's ``cursor``, prepared where that is safe.

    Args:
        connection: Django's, whose cursor it is.
        cursor: holds the answer afterwards.
        statement: SQL with ``%s`` for each parameter, whose types PostgreSQL can tell. The same string each time.
        parameters: one for each place.
    """
    text = text_of(connection, statement)
    try:
        cursor.execute(text, parameters)
    except DatabaseError as error:
        if text == statement or not is_lost(error):
            raise
        give_up(connection, error)
        if connection.in_atomic_block:
            raise  # the transaction is run again
        cursor.execute(statement, parameters)


def text_of(connection: Any, statement: str) -> str:
    """Return what runs a statement with the same parameters: itself, or what executes it where it is prepared."""
    return (_find(connection, statement) if _may_prepare(connection) else None) or statement


@contextmanager
def running_again(alias: str) -> Iterator[None]:
    """Let prepared statements be asked for in the transaction within: where one is lost, it is run again."""
    token = _run_again.set(alias)
    try:
        yield
    finally:
        _run_again.reset(token)


def is_lost(error: BaseException) -> bool:
    """Say whether the database says that a prepared statement is not there any more, or not as it was."""
    return getattr(error.__cause__, "sqlstate", None) in LOST


def give_up(connection: Any, error: BaseException) -> None:
    """Prepare nothing any more on this database, in this process."""
    if connection.alias in _off:
        return
    _off.add(connection.alias)
    logger.warning(
        "Statements are no longer prepared on database %r in this process, and cost more to plan: %s "
        "Where a pooler or your own code takes prepared statements away, say DISABLE_SERVER_SIDE_CURSORS.",
        connection.alias,
        error,
    )


def _may_prepare(connection: Any) -> bool:
    return (
        connection.vendor == "postgresql"
        and connection.alias not in _off
        and not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")  # Django's word for such a pooler
        and not connection.features.uses_server_side_binding  # the driver prepares there, if it is told to
        and (not connection.in_atomic_block or _run_again.get() == connection.alias)
    )


def _find(connection: Any, statement: str) -> str | None:
    """Return the text that executes a statement; None while it is run as it is."""
    raw = connection.connection
    session = _sessions.get(raw)
    if session is None:
        session = _sessions[raw] = _Session()
    if statement in session.prepared:
        return session.prepared[statement]
    session.uses[statement] += 1
    if session.uses[statement] <= AFTER or len(session.prepared) >= MOST:
        return None
    if session.is_direct is None:
        session.is_direct = _is_direct(raw)
    if not session.is_direct:
        return None
    try:
        session.prepared[statement] = _prepare(connection, statement)
    except DatabaseError as error:
        give_up(connection, error)
    return session.prepared.get(statement)


def _is_direct(raw: Any) -> bool:
    """Say whether the process that answers is the one that we have connected to, and no pooler stands in between."""
    with raw.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return bool(cursor.fetchone()[0] == raw.info.backend_pid)


def _prepare(connection: Any, statement: str) -> str:
    """Prepare a statement, past Django's cursor, which counts and shows what the caller has run; return what executes it.

    A name belongs to one text for ever. Within a transaction a failure is undone, and harms nothing else.
    """
    name = f"revenue_intel_{sha256(statement.encode()).hexdigest()[:16]}"
    numbers = count(1)
    text = re.sub("%(s|%)", lambda found: f"${next(numbers)}" if found[1] == "s" else "%", statement)
    places = ", ".join(["%s"] * (next(numbers) - 1))
    mark = "revenue_intel_prepare" if connection.in_atomic_block else ""
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        if mark:
            cursor.execute(f"SAVEPOINT {mark}")
        try:
            cursor.execute(f"PREPARE {name} AS {text}")
        except Exception:
            if mark:
                cursor.execute(f"ROLLBACK TO SAVEPOINT {mark}")
            raise
        finally:
            if mark:
                cursor.execute(f"RELEASE SAVEPOINT {mark}")
    return f"EXECUTE {name}({places})"
