"""``healthz`` tells the truth about the database, at once or within a second, and nothing else."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.db import connections
from django.test import RequestFactory
from django.urls import reverse

from revenue_intel.health.probes import DEADLINE_SECONDS
from revenue_intel.health.views import healthz
from revenue_intel.kit.contracts import load_contract

#: Far more than the deadline, for a busy machine, and far less than for ever.
PATIENCE_SECONDS = 10
VENDOR = connections["default"].vendor
on_postgres = pytest.mark.skipif(
    VENDOR != "postgresql", reason="SQLite has no server to lose: PostgreSQL only"
)
on_sqlite = pytest.mark.skipif(VENDOR != "sqlite", reason="PostgreSQL is not a file to open: SQLite only")


@pytest.fixture
def use_database() -> Iterator[Any]:
    """Send ``default`` elsewhere; the real connection is put back afterwards."""
    real = connections["default"]

    def use(**changes: Any) -> Any:
        other = connections.create_connection("default")
        other.settings_dict = {**deepcopy(real.settings_dict), **changes}
        connections["default"] = other
        return other

    yield use
    connections["default"].close()
    connections["default"] = real


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """A server that takes connections and never says a word, as a stopped one does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def server_process_of(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def ask() -> Any:
    return healthz(RequestFactory().get("/"))


@pytest.mark.django_db
def test_a_database_that_answers_is_ok(client):
    answer = client.get(reverse("monitoring:healthz"))

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
    jsonschema.validate(answer.json(), load_contract("healthz.schema.json"))


@pytest.mark.django_db
def test_head_answers_without_a_body(client):
    answer = client.head(reverse("monitoring:healthz"))

    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize("name", ["monitoring:healthz", "monitoring:livez"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_not_allowed(client, name, method):
    assert getattr(client, method)(reverse(name)).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["monitoring:healthz", "monitoring:livez"])
def test_the_answer_is_not_kept_and_depends_on_no_session(client, name):
    answer = client.get(reverse(name))

    assert answer.headers["Cache-Control"] == "no-store"
    assert "Vary" not in answer.headers
    assert not answer.cookies


def test_livez_answers_without_a_database(client):
    answer = client.get(reverse("monitoring:livez"))  # no database mark: any query would be refused

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


@on_sqlite
@pytest.mark.django_db
def test_a_database_that_cannot_be_opened_is_unavailable(use_database, tmp_path):
    use_database(NAME=str(tmp_path / "absent" / "db.sqlite3"))

    answer = ask()

    assert answer.status_code == 503
    assert answer.content == b'{"status": "unavailable"}'
    jsonschema.validate({"status": "unavailable"}, load_contract("healthz.schema.json"))


@on_postgres
@pytest.mark.django_db
def test_nobody_listening_is_unavailable_at_once(use_database, silent_server):
    port = silent_server.getsockname()[1]
    silent_server.close()
    use_database(HOST="127.0.0.1", PORT=port)

    started = time.monotonic()
    answer = ask()

    assert answer.status_code == 503
    assert time.monotonic() - started < DEADLINE_SECONDS


@pytest.mark.django_db
def test_with_atomic_requests_the_probes_still_answer_when_the_database_is_gone(
    client, monkeypatch, use_database, tmp_path
):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    use_database(**({"NAME": str(tmp_path / "absent" / "db")} if VENDOR == "sqlite" else {"PORT": 1}))

    assert client.get(reverse("monitoring:healthz")).status_code == 503
    assert client.get(reverse("monitoring:livez")).status_code == 200


@on_postgres
@pytest.mark.django_db
def test_a_server_that_hangs_while_connecting_is_unavailable_within_the_deadline(use_database, silent_server):
    use_database(HOST="127.0.0.1", PORT=silent_server.getsockname()[1])

    started = time.monotonic()
    answer = ask()

    assert answer.status_code == 503
    assert time.monotonic() - started < PATIENCE_SECONDS


def until_stopped(process: int) -> None:
    """Return once the kernel says that the process has stopped: the signal is not delivered at once."""
    status = Path(f"/proc/{process}/stat")
    while status.exists() and status.read_text().rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_server_process_that_is_stopped_is_unavailable_within_the_deadline_and_given_up(use_database):
    kept = use_database(CONN_MAX_AGE=None)
    process = server_process_of(kept)

    os.kill(process, signal.SIGSTOP)
    until_stopped(process)
    try:
        started = time.monotonic()
        answer = ask()
        seconds = time.monotonic() - started
    finally:
        os.kill(process, signal.SIGCONT)

    assert answer.status_code == 503
    assert seconds < PATIENCE_SECONDS
    assert kept.connection is None
    assert ask().status_code == 200


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_broke_is_replaced_by_the_same_probe(use_database):
    kept = use_database(CONN_MAX_AGE=None)
    process = server_process_of(kept)
    killer = use_database()
    with killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [process])
    killer.close()
    connections["default"] = kept

    assert ask().status_code == 200


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_site_that_keeps_connections_keeps_the_probes_too(use_database):
    kept = use_database(CONN_MAX_AGE=60)

    assert ask().status_code == 200
    first = kept.connection
    assert ask().status_code == 200

    assert first is not None
    assert kept.connection is first


@on_postgres
@pytest.mark.django_db(transaction=True)
def test_a_site_that_keeps_no_connections_is_left_with_none(use_database):
    used_once = use_database(CONN_MAX_AGE=0)

    assert ask().status_code == 200

    assert used_once.connection is None
