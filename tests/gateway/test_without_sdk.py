"""Taking in webhooks needs no SDK: no module imports it, and a signed event is applied where it is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from revenue_intel.exceptions import ConfigurationError
from revenue_intel.gateway import reading

ROOT = Path(__file__).parents[2]

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
sys.modules["stripe"] = None  # from now on importing it is an ImportError
import django
django.setup()
import revenue_intel
names = [each.name for each in pkgutil.walk_packages(revenue_intel.__path__, "revenue_intel.")]
for name in names:
    importlib.import_module(name)
assert len(names) > 100, len(names)
"""

TAKE_A_WEBHOOK = """
from django.core.management import call_command
from django.test.utils import setup_test_environment
setup_test_environment()
call_command("migrate", verbosity=0)
from tests.deliveries import deliver, payment_succeeded, refund_event
from tests.factories import make_order, make_product
make_order("R1", [(make_product("Mug", "9.50", stock=3), 2)])
for event in (payment_succeeded("R1", 1900), refund_event("created", 500)):
    answer = deliver(event)
    assert (answer.status_code, answer.json()) == (200, {"outcome": "applied"}), answer.content
from revenue_intel.facts.models import LedgerEntry
assert sorted(LedgerEntry.objects.values_list("amount_minor", flat=True)) == [-500, 1900]
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "REVENUE_INTEL_TEST_DATABASE": "sqlite",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "code",
    [IMPORT_EVERYTHING, IMPORT_EVERYTHING + TAKE_A_WEBHOOK],
    ids=["every module is imported", "events are applied"],
)
def test_without_the_sdk(code):
    done = run(code)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_blocker_would_be_noticed():
    assert "ModuleNotFoundError" in run(IMPORT_EVERYTHING + "import stripe").stderr


def test_who_asks_stripe_for_something_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "stripe", None)

    with pytest.raises(ConfigurationError, match="The package stripe is not installed"):
        reading.get("/v1/events/evt_1")
    with pytest.raises(CommandError, match="The package stripe is not installed"):
        call_command("revenue_required_events", "--compare")
