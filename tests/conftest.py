"""What every test shares: the database is torn down the same way however a run ended."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created
from hypothesis import settings as hypothesis_settings

from tests import postgres

# The same examples in every run, however slow the machine. ``--hypothesis-profile=default`` draws others.
hypothesis_settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis_settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Let a termination signal end the run as Ctrl-C does: with its teardown.

    A shell lets what it starts in the background ignore Ctrl-C, and that is inherited: what the tests start must not.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_network_in_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where Stripe is asked while a transaction is open. In production it is logged."""
    from revenue_intel.gateway import api

    def fail() -> None:
        raise AssertionError("Stripe is asked within a transaction.")

    monkeypatch.setattr(api, "_object_to_transaction", fail)


@pytest.fixture
def rows_by_key() -> Iterator[None]:
    """Let PostgreSQL look each row up by its key, as in a large table: nothing but our own order sorts the rows then."""

    def plan_so(connection: Any, **_rest: Any) -> None:
        with connection.cursor() as cursor:
            for way in ("seqscan", "hashjoin", "mergejoin", "bitmapscan"):
                cursor.execute(f"SET enable_{way} = off")

    connection_created.connect(plan_so)
    yield
    connection_created.disconnect(plan_so)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_keepdb, django_db_blocker) -> Iterator[None]:
    """End sessions that linger on the PostgreSQL test database before pytest-django drops it.

    A thread or a live server that has not closed its connection would otherwise make the drop fail, now
    and then.
    """
    yield
    if connection.vendor != "postgresql" or django_db_keepdb:
        return
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
        connection.close()
        with connection._nodb_cursor() as cursor:
            postgres.close_sessions(cursor, name)


@pytest.fixture(scope="session")
def live_server(django_db_setup, live_server) -> object:
    """Start it once the test database is there.

    Before, SQLite's is still called ``:memory:``, and all threads of the server would share the test's connection.
    """
    return live_server
