"""The demo: two years of commerce through the webhook endpoint, proved by a recount, and never played twice."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.db import connection

from revenue_intel.testing.signing import signed_event
from tests.e2e.demo_runs import SCRIPT, Demo
from tests.e2e.shopper import Shopper

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="the demo brings its own database, which is SQLite"
)

SECRET = "whsec_demo"
WEBHOOK = "/payments/webhook/"
TELL_STORY = """
import django; django.setup()
from datetime import UTC, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo
from demo.goods import read_articles
from demo.story import Script, write_story
from demo.till import Till

script = Script(seed=3, orders=300, days=200, anchor=datetime(2026, 5, 4, 12, tzinfo=UTC))
story = write_story(script, articles=read_articles(), zone=ZoneInfo("Europe/London"))
events = [(event["id"], event["created"]) for event in Till(story, secret="whsec_demo").play()["events"]]
print(sha256(repr(story).encode()).hexdigest(), sha256(repr(events).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, subprocess.CompletedProcess[str]]:
    demo = Demo(folder=tmp_path_factory.mktemp("demo"))
    return demo, demo.run("--no-serve", *SCRIPT)


@pytest.fixture
def played(first_run: tuple[Demo, subprocess.CompletedProcess[str]], tmp_path: Path) -> Demo:
    """A demo that was played to its end, to do with as one likes."""
    shutil.copytree(first_run[0].folder, tmp_path / "demo")
    return Demo(folder=tmp_path / "demo")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def webserver(demo: Demo) -> Iterator[http.client.HTTPConnection]:
    """Serve the demo's shop as the demo itself does while it plays; give a connection to it."""
    port = free_port()
    process = demo.start("-m", "demo.webserver", str(port))
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as client:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                try:
                    client.connect()
                    break
                except OSError:
                    time.sleep(0.05)
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=10)


@contextmanager
def serving(demo: Demo) -> Iterator[tuple[str, str, str]]:
    """Let the demo serve; give the addresses of the shop and of the stand-in, and what it printed; end it by Ctrl-C."""
    port = free_port()
    process = demo.start("manage.py", "demo", "--port", str(port), *SCRIPT)
    assert process.stdout is not None
    printed = ""
    try:
        for line in process.stdout:
            printed += line
            if "Ctrl-C" in line:
                break
        standin = re.search(r"(http://\S+)  \(test payments", printed)
        assert standin, printed
        yield f"http://127.0.0.1:{port}", standin.group(1), printed
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest


def wait_until_paid(demo: Demo, reference: str) -> None:
    deadline = time.monotonic() + 20
    while demo.query("SELECT status FROM shop_order WHERE reference = ?", reference) != [("paid",)]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_every_step_of_a_first_run_holds(first_run):
    demo, done = first_run

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓") >= 11
    assert "✗" not in done.stdout
    assert "66 figures are equal to the unit" in done.stdout
    assert re.search(r"Fees, as settled +£[1-9]", done.stdout)
    assert "Every step held." in done.stdout
    assert len(list((demo.folder / "exports").glob("*.csv"))) == 4


def test_the_history_has_every_kind_of_event_both_currencies_and_every_fate(first_run):
    demo, _ = first_run

    records = demo.load_records()
    stored = demo.query("SELECT type, COUNT(*) FROM revenue_intel_stripeevent GROUP BY type")

    assert {intent["currency"] for intent in records["payment_intents"]} == {"gbp", "usd"}
    assert {"payment_intent.succeeded", "refund.created", "charge.refunded"} <= dict(stored).keys()
    assert sum(dict(stored).values()) == len(records["events"])
    assert demo.query("SELECT COUNT(*) FROM shop_order") == [(60,)]
    assert demo.query("SELECT COUNT(*) FROM shop_order WHERE status = 'fulfilled'") > [(30,)]
    assert demo.query("SELECT COUNT(*) FROM revenue_intel_funnelstep") > [(100,)]


def test_the_shelves_look_afterwards_as_they_did_before(first_run):
    demo, _ = first_run

    assert demo.query("SELECT stock FROM shop_product WHERE slug = 'storm-lamp'") == [(1,)]
    assert demo.query("SELECT stock FROM shop_variant WHERE sku = 'MUG-CORAL'") == [(3,)]


def test_a_second_run_changes_no_row_and_makes_no_export_again(played):
    rows = played.hashes()
    exports = {path.name: path.stat().st_mtime_ns for path in (played.folder / "exports").iterdir()}

    done = played.run("--no-serve", *SCRIPT)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Played before: seed 7, 60 orders" in done.stdout
    assert played.hashes() == rows
    assert {path.name: path.stat().st_mtime_ns for path in (played.folder / "exports").iterdir()} == exports


def test_replaying_the_whole_event_history_changes_no_row(played):
    rows = played.hashes()
    bodies = [body for (body,) in played.query("SELECT body FROM revenue_intel_stripeevent ORDER BY id DESC")]

    with webserver(played) as client:
        outcomes = set()
        for body in bodies:
            signed = signed_event(json.loads(body), secret=SECRET)
            client.request("POST", WEBHOOK, body=signed.body, headers=signed.headers)
            answer = client.getresponse()
            outcomes.add((answer.status, json.loads(answer.read())["outcome"]))

    assert outcomes == {(200, "duplicate")}
    assert played.hashes() == rows
    assert played.query("SELECT DISTINCT deliveries FROM revenue_intel_stripeevent") == [(2,)]


def test_one_penny_in_the_records_is_found_and_named(played):
    records = played.load_records()
    latest = max(
        (intent for intent in records["payment_intents"] if intent["status"] == "succeeded"),
        key=lambda intent: intent["created"],
    )
    latest["amount_received"] += 1
    played.records.write_text(json.dumps(records), encoding="utf-8")

    done = played.run("--no-serve", *SCRIPT)

    assert done.returncode == 1
    assert "✗" in done.stdout
    assert re.search(rf"revenue, 7 days, {latest['currency']}: expected \d+, got \d+", done.stderr)


def test_a_play_that_was_broken_off_goes_on_and_holds(tmp_path):
    demo = Demo(folder=tmp_path)
    broken = demo.start("manage.py", "demo", "--no-serve", "--orders", "120", "--days", "40")
    assert broken.stdout is not None
    for line in broken.stdout:
        if re.search(r"\d/\d+ events", line):
            break
    broken.send_signal(signal.SIGINT)
    rest, _ = broken.communicate(timeout=30)
    taken_in = demo.query("SELECT COUNT(*) FROM revenue_intel_stripeevent")[0][0]

    done = demo.run("--no-serve", *SCRIPT)

    assert broken.returncode == 130, rest
    assert 0 < taken_in < len(demo.load_records()["events"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "A play was broken off" in done.stdout
    assert demo.query("SELECT COUNT(*) FROM shop_order") == [(120,)]
    assert demo.query("SELECT COUNT(*) FROM revenue_intel_stripeevent WHERE outcome = 'applied'") == [
        (len(demo.load_records()["events"]),)
    ]


def test_the_same_script_tells_the_same_story_with_the_same_ids(played):
    told = [played.start("-c", TELL_STORY).communicate(timeout=30)[0] for _ in range(2)]

    assert re.fullmatch(r"[0-9a-f]{64} [0-9a-f]{64}\n", told[0])
    assert told[0] == told[1]


def test_a_served_shop_sells_and_the_next_run_counts_what_it_sold(played):
    with serving(played) as (shop, standin, _):
        assert Shopper(shop).get("/static/shop/shop.css")
        reference = Shopper(shop).buy("gull-pin", username="customer", password="customer-demo")
        wait_until_paid(played, reference)

    for address in (shop, standin):
        with pytest.raises(OSError, match="refused"):
            Shopper(address).get("/")
    done = played.run("--no-serve", *SCRIPT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_played_shop_with_a_finding_is_served_with_a_warning_that_says_what_settles_it(played):
    played.execute("UPDATE shop_variant SET stock = stock + 10 WHERE sku = 'MUG-NAVY'")

    strict = played.run("--no-serve", *SCRIPT)
    with serving(played) as (shop, _, printed):
        assert Shopper(shop).get("/")
    repaired = played.start("manage.py", "revenue_repair_stock", "--restore").communicate(timeout=30)[0]
    again = played.run("--no-serve", *SCRIPT)

    for said in (strict.stderr, printed):
        assert "The checks found something (stock-drift)" in said
        assert "/monitoring/issues/" in said
        assert "revenue_repair_stock --adopt" in said
        assert f"To begin anew, delete the folder {played.folder}" in said
    assert (strict.returncode, "WARNING" in printed, again.returncode) == (1, True, 0), repaired


@pytest.mark.parametrize("port", ["99999", "-1", "0", "taken"])
def test_a_port_that_cannot_be_served_on_is_refused_before_anything_is_done(tmp_path, port):
    demo = Demo(folder=tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = str(taken.getsockname()[1]) if port == "taken" else port

        done = demo.run("--port", wanted, *SCRIPT)

    assert (done.returncode, done.stdout) == (1, "")
    assert "name another with --port" in done.stderr if port == "taken" else "is no port" in done.stderr
    assert not demo.database.exists()


def test_a_shop_that_talks_to_stripe_itself_has_no_demo(tmp_path):
    demo = Demo(folder=tmp_path)

    done = demo.run("--no-serve", STRIPE_SECRET_KEY="sk_test_of_somebody")

    assert done.returncode == 1
    assert "unset STRIPE_SECRET_KEY" in done.stderr
    assert not demo.database.exists()
