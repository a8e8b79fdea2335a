"""Run a unit of work, and again where the database says that only the timing was bad.

Deadlock (40P01), serialisation failure (40001), a prepared statement that was lost (26000, 0A000) and SQLite's
*database is locked* are answered by at most three tries in all, with jitter. Inside somebody else's
transaction nothing is retried: the work before ours cannot be done again by us.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import DatabaseError, transaction

from revenue_intel.kit import prepared, together

logger = logging.getLogger(__name__)

TRIES: Final = 3
PAUSE_SECONDS: Final = 0.05
RETRYABLE_SQLSTATES: Final = frozenset({"40P01", "40001"}) | prepared.LOST

T = TypeVar("T")


def run(work: Callable[[], T]) -> T:
    """Run ``work`` in a transaction of its own and return what it returns.

    ``work`` may run up to three times: it must do nothing but database work. What it asks or writes "later" is sent
    together, the last of it with the COMMIT.

    Raises:
        TransactionManagementError: a database error was swallowed within: nothing can be committed.
    """
    connection = transaction.get_connection()
    alias = connection.alias
    if connection.in_atomic_block:
        with transaction.atomic(), together.sending(alias):
            return work()
    commits = connection.get_autocommit()
    for attempt in range(1, TRIES + 1):
        try:
            with (
                prepared.running_again(alias),
                transaction.atomic(),
                together.sending(alias, commits=commits),
            ):
                return work()
        except DatabaseError as error:
            if prepared.is_lost(error):
                prepared.give_up(connection, error)
            if attempt == TRIES or not is_retryable(error):
                raise
            logger.warning("A transaction lost a race (%s); try %d of %d follows.", error, attempt + 1, TRIES)
            time.sleep(random.uniform(0.2, 1.0) * PAUSE_SECONDS * 2**attempt)  # noqa: S311 - jitter, no secret
    raise AssertionError("unreachable")  # pragma: no cover


def is_open() -> bool:
    """Say whether a transaction is open here; the one that a test case wraps around its test does not count."""
    blocks = transaction.get_connection().atomic_blocks
    return not all(block._from_testcase for block in blocks)


def is_retryable(error: BaseException) -> bool:
    """Say whether the same work may succeed when simply done again."""
    sqlstate = getattr(error.__cause__, "sqlstate", None)  # PostgreSQL's code, as the driver has it
    return sqlstate in RETRYABLE_SQLSTATES or "database is locked" in str(error)
