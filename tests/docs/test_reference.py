"""The reference pages say what the code says: everything that is there, and nothing that is not."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from typing import Any

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

from revenue_intel import conf, exceptions
from revenue_intel.api.errors import STATUS
from revenue_intel.exceptions import RevenueIntelError
from revenue_intel.quality.registry import CHECKS
from revenue_intel.stock.models import StockMovement
from revenue_intel.testing.standin import StandinRefused
from revenue_intel.webhooks import registry
from revenue_intel.webhooks.models import StripeEvent
from revenue_intel.webhooks.uninteresting import REASONS
from tests.docs.pages import DOCS, headings, plain, read, rows, section
from tests.meta.tree import SRC, python_files

REFERENCE = DOCS / "reference"
COMMANDS = sorted(name for name, app in get_commands().items() if app == "revenue_intel")
DJANGOS = {action.dest for action in BaseCommand().create_parser("manage.py", "any")._actions}


def first_cells(text: str) -> list[str]:
    return [plain(row[0]) for row in rows(text)]


def message_of(error: type[RevenueIntelError]) -> str:
    return (error.__doc__ or "").strip().splitlines()[0]


def options_of(command: str) -> set[str]:
    """Return a command's own options, and its arguments by the names that its help shows."""
    parser: ArgumentParser = load_command_class("revenue_intel", command).create_parser("manage.py", command)
    return {
        action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)
        for action in parser._actions
        if action.dest not in DJANGOS
    }


def sources() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in python_files(SRC.as_posix()))


def test_every_error_stands_with_its_code_status_and_message():
    errors = [
        each
        for each in vars(exceptions).values()
        if isinstance(each, type) and issubclass(each, RevenueIntelError)
    ]
    shown = [[plain(cell) for cell in row] for row in rows(read(REFERENCE / "errors.md"))]

    assert shown == [
        *([each.__name__, each.code, str(int(STATUS.get(each, 500))), message_of(each)] for each in errors),
        [StandinRefused.__name__, StandinRefused.code, message_of(StandinRefused)],
    ]


def test_every_system_check_stands_with_its_id():
    files = (*sorted((SRC / "checks").glob("*.py")), *sorted((SRC / "quality").glob("mapping*.py")))
    source = "".join(file.read_text(encoding="utf-8") for file in files)

    shown = first_cells(section(REFERENCE / "checks.md", "System checks"))

    assert shown == sorted(set(re.findall(r'"(revenue_intel\.[EW]\d{3})"', source)))


def test_every_data_check_stands_with_its_severity_and_promise():
    shown = [[plain(cell) for cell in row] for row in rows(section(REFERENCE / "checks.md", "Data checks"))]

    assert shown == [[check.slug, check.severity.value, check.title] for check in CHECKS]


def test_every_kind_of_issue_stands_on_the_page():
    kinds = set(re.findall(r'(?:open_issue\(\s*kind=|\bISSUE_KIND(?:: Final)? = )"(\w+)"', sources()))

    assert set(first_cells(section(REFERENCE / "checks.md", "Issues from elsewhere"))) == kinds


def test_every_command_has_a_section():
    shown = [plain(heading) for heading in headings(REFERENCE / "commands.md", level=2)]

    assert sorted(shown) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_stands_with_all_its_options(command: str):
    text = section(REFERENCE / "commands.md", f"`{command}`")

    shown = re.findall(r"^- `([\w-]+)(?: …)?` – ", text, re.MULTILINE)

    assert set(shown) == options_of(command)
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize("name", sorted(conf.Settings.__annotations__))
def test_a_setting_stands_with_its_default(name: str):
    default: Any = vars(conf.Settings)[name]
    text = section(REFERENCE / "settings.md", f"`{conf.PREFIX}{name}`")

    (shown,) = re.findall(r"^- Default: `(.+)`$", text, re.MULTILINE)

    assert shown.replace("_", "") == repr(default).replace("'", '"')


def test_no_setting_stands_that_is_not_there():
    shown = [plain(heading) for heading in headings(REFERENCE / "settings.md", level=2)]

    assert sorted(shown) == sorted(conf.PREFIX + name for name in conf.Settings.__annotations__)


def test_every_answer_of_the_webhook_stands_with_its_status():
    source = (SRC / "webhooks" / "views.py").read_text(encoding="utf-8")
    answers = dict.fromkeys(set(StripeEvent.Outcome.values) - {StripeEvent.Outcome.RECEIVED.value}, "200")
    for outcome, status in re.findall(r'_answer\("(\w+)"(?:, status=(\d+))?\)', source):
        answers[outcome] = status or "200"

    shown = {plain(row[0]): row[1] for row in rows(section(REFERENCE / "webhook.md", "Answers"))}

    assert shown == answers


def test_every_event_type_with_a_handler_stands_on_the_page():
    shown = first_cells(section(REFERENCE / "webhook.md", "Events that have a handler"))

    assert sorted(shown) == registry.event_types()


def test_every_reason_to_ignore_an_event_stands_on_the_page():
    shown = {
        plain(row[0]): row[1] for row in rows(section(REFERENCE / "webhook.md", "Events that are ignored"))
    }

    assert set(shown) - set(REASONS) == {"unknown_type", "livemode_not_taken", "account_not_taken"}
    assert {reason: shown[reason] for reason in REASONS} == REASONS


def test_every_kind_of_stock_movement_stands_on_the_page():
    assert (
        first_cells(section(REFERENCE / "stock.md", "Movements and their signs")) == StockMovement.Kind.values
    )
