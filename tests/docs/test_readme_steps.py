"""The four steps of the README, and they alone, mount the wheel in a bare project."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from revenue_intel.webhooks import registry
from tests.docs.host_project import HostProject
from tests.docs.pages import README, blocks, read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        connection.vendor != "sqlite", reason="the bare project brings its own database, SQLite"
    ),
]

LOOK = """
import json
from revenue_intel.webhooks.models import StripeEvent
from shop.models import Order, Product
order = Order.objects.get(number="R-1001")
print(json.dumps([order.status, order.paid_at.isoformat(), Product.objects.get().stock, StripeEvent.objects.count()]))
"""


def test_a_signed_event_pays_the_order_and_takes_its_stock_once(mounted_project: HostProject):
    seen = json.loads(mounted_project.shell(LOOK).strip())

    assert seen == ["paid", "2026-03-01T12:05:00+00:00", 3, 1]


def test_the_mounted_project_answers_healthz(mounted_project: HostProject):
    mounted_project.serve()
    try:
        status, body = mounted_project.get("/monitoring/healthz/")
    finally:
        mounted_project.stop()

    assert (status, json.loads(body)) == (200, {"status": "ok"})


def test_it_is_the_wheel_that_runs(mounted_project: HostProject):
    path = mounted_project.shell("import revenue_intel; print(revenue_intel.__file__)")

    assert path.startswith(str(mounted_project.python.parents[1]))


def test_pip_finds_every_requirement_of_the_wheel(mounted_project: HostProject):
    said = mounted_project.run(mounted_project.python, "-m", "pip", "check").stdout

    assert not [line for line in said.splitlines() if line.startswith("revenue-intel ")]


def test_without_an_adapter_payments_are_counted_all_the_same(bare_project: HostProject, tmp_path):
    project = bare_project.copy_to(tmp_path / "mysite")
    steps = [block for block in blocks(README) if block.file in ("mysite/settings.py", "mysite/urls.py")]
    for block in steps:
        file = project.folder / block.file
        text = block.text.replace('"shop.revenue.Shop"', '""')
        file.write_text(file.read_text(encoding="utf-8") + text + "\n", encoding="utf-8")
    project.manage("migrate")
    post = next(block for block in blocks(README) if "signed_event(" in block.text)
    project.serve()
    try:
        said = project.shell(post.text.replace("127.0.0.1:8000", f"127.0.0.1:{project.port}"))
    finally:
        project.stop()
    report = json.loads(
        project.manage("revenue_kpis", "--days", "7", "--as-of", "2026-03-03", "--format", "json")
    )

    assert 'first 200 {"outcome": "applied"}' in said
    assert report[0]["kpis"]["revenue"]["value"] == 2400


def test_the_models_that_the_readme_shows_need_no_change(mounted_project: HostProject):
    mounted_project.manage("makemigrations", "--check", "--dry-run")
    mounted_project.manage("check", "--fail-level", "WARNING")


def test_the_command_that_the_readme_names_prints_the_event_types(mounted_project: HostProject):
    assert "`python manage.py revenue_required_events`" in read(README)

    assert mounted_project.manage("revenue_required_events").split() == registry.event_types()
