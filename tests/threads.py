"""Run functions at the same time, each in a thread with a database connection of its own."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models import Model

#: SQLite has one writer and no row locks: these promises can only be seen on PostgreSQL.
postgres_only = pytest.mark.skipif(
    os.environ.get("REVENUE_INTEL_TEST_DATABASE", "sqlite") != "postgres",
    reason="needs row locks: set REVENUE_INTEL_TEST_DATABASE=postgres to see this promise tested",
)


def on_a_connection_of_its_own(*functions: Callable[[], Any]) -> list[Any]:
    """Run the functions at the same time and return what each returned, or the error it raised."""
    start = threading.Barrier(len(functions), timeout=30)

    def run(function: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return function()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with _quick_turns(), ThreadPoolExecutor(max_workers=len(functions)) as pool:
        return list(pool.map(run, functions))


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let a thread that the database has answered go on at once, not when the others' turn is over."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def in_rounds(
    *turns: Callable[[int], Any], rounds: int, forgiven: type[Exception] | tuple[()] = ()
) -> list[tuple[Any, ...]]:
    """Let each turn be taken by a thread of its own, all at once in every round; return what each round gave.

    Whatever goes wrong fails the test, but for what is ``forgiven``: that turn gave None.
    """
    start = threading.Barrier(len(turns), timeout=60)

    def take(turn: Callable[[int], Any]) -> list[Any]:
        given = []
        for number in range(rounds):
            start.wait()
            try:
                given.append(turn(number))
            except forgiven:
                given.append(None)
            except BaseException:
                start.abort()  # nobody waits for a turn that is not taken
                raise
        return given

    answers = on_a_connection_of_its_own(*(partial(take, turn) for turn in turns))
    wrong = [answer for answer in answers if isinstance(answer, Exception)]
    for error in sorted(wrong, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
        raise error
    return list(zip(*answers, strict=True))


def hold_for_a_moment(row: Model) -> None:
    """Let whoever wants this row wait for it, with the locks that they have already."""
    with transaction.atomic():
        type(row)._base_manager.select_for_update(no_key=True).get(pk=row.pk)
        time.sleep(0.01)
