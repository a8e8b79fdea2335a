"""Behind a real PgBouncer that lends a server process for one transaction each, all is settled as it is without.

Nothing is configured for it: that another process answers than the one connected to is noticed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from revenue_intel.kit import prepared
from revenue_intel.stock import services as stock
from revenue_intel.stock.drift import find_drift
from revenue_intel.stock.models import StockMovement
from revenue_intel.webhooks.models import EventFailure
from tests import postgres
from tests.deliveries import deliver, payment_succeeded
from tests.factories import make_order, make_product
from tests.host.models import Order
from tests.host.revenue import Shop
from tests.stock.shelves import LATER
from tests.threads import in_rounds, postgres_only

pytestmark = [
    postgres_only,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        shutil.which("pgbouncer") is None,
        reason="needs PgBouncer: install it (pgbouncer on PATH) to see this promise tested",
    ),
]

ROUNDS, CLIENTS, POOL = 25, 6, 2
PORT = 6432  # a name of the socket, no port: it listens on no address
SETTINGS = f"""
[databases]
* = host={{server}} user={postgres.USER}
[pgbouncer]
listen_port = {PORT}
unix_socket_dir = {{folder}}
auth_type = any
pool_mode = transaction
default_pool_size = {POOL}
max_client_conn = 100
"""


@pytest.fixture
def pgbouncer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let everything go through a PgBouncer of our own."""
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"revenue-pgbouncer-{os.getpid()}"  # noqa: S108 - a socket's path is short
    folder.mkdir(mode=0o755)
    user = postgres._server_user()  # like the server, it refuses to run as root
    if user:
        os.chown(folder, user["user"], user["group"])
    try:
        (folder / "ini").write_text(
            SETTINGS.format(server=connection.settings_dict["HOST"], folder=folder), encoding="utf-8"
        )
        process = subprocess.Popen(
            ["pgbouncer", "--quiet", folder / "ini"], stdin=subprocess.DEVNULL, cwd=folder, **user
        )
        try:
            wait_for(folder / f".s.PGSQL.{PORT}")
            connection.close()
            monkeypatch.setitem(connection.settings_dict, "HOST", str(folder))
            monkeypatch.setitem(connection.settings_dict, "PORT", str(PORT))
            yield
            connection.close()
        finally:
            process.terminate()
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder)


def wait_for(socket: Path) -> None:
    for _ in range(500):
        if socket.exists():
            return
        time.sleep(0.02)
    raise AssertionError("PgBouncer did not start.")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget that preparing was switched off for this database."""
    monkeypatch.setattr(prepared, "_off", set())


def settle_all() -> None:
    """Let six clients pay at once, round after round: half of them for what they hold."""
    mug, pen = make_product("Mug", "10.00", stock=1000), make_product("Pen", "9.00", stock=1000)
    for number in range(ROUNDS):
        for client in range(CLIENTS):
            reference = f"R{number}-{client}"
            lines = [(mug, 1), (pen, 1)] if client % 2 else [(pen, 1), (mug, 1)]
            make_order(reference, lines, email=f"{reference}@example.com")

    def pay(client: int, number: int) -> Any:
        reference = f"R{number}-{client}"
        if client < CLIENTS // 2:
            lines = Shop().stock_lines(Order.objects.get(reference=reference))
            stock.reserve(order_reference=reference, lines=lines, expires_at=LATER)
        answer = deliver(payment_succeeded(reference, 1900, intent=f"pi_{reference}"))
        return answer.status_code, answer.json()["outcome"]

    answers = in_rounds(*(partial(pay, client) for client in range(CLIENTS)), rounds=ROUNDS)

    assert {answer for each in answers for answer in each} == {(200, "applied")}
    assert set(Order.objects.values_list("status", flat=True)) == {"paid"}
    assert StockMovement.objects.filter(kind="commit").count() == 2 * ROUNDS * CLIENTS
    for product in (mug, pen):
        product.refresh_from_db()
        assert product.stock == 1000 - ROUNDS * CLIENTS
    assert (list(find_drift()), EventFailure.objects.count()) == ([], 0)


@pytest.mark.usefixtures("pgbouncer")
def test_payments_at_once_are_settled_and_nothing_is_prepared(caplog):
    settle_all()

    assert "prepared" not in caplog.text


def test_where_it_is_not_noticed_what_a_prepared_statement_loses_is_done_again(
    pgbouncer, caplog, monkeypatch
):
    """The net below: a pooler that passes on its server's own number, if there were one."""
    monkeypatch.setattr(prepared, "_is_direct", lambda _raw: True)

    settle_all()

    assert "no longer prepared" in caplog.text
