"""The page of the KPI rules names each rule once, each golden row, and only tests that there are."""

from __future__ import annotations

import re

from tests.docs.test_links import is_there
from tests.docs.test_reference import REFERENCE

PAGE = (REFERENCE / "kpi-rules.md").read_text(encoding="utf-8")
GOLDEN_ROWS = 16


def test_every_rule_stands_once_with_what_holds_it():
    rules = re.findall(r"^\| K(\d+) \| .+ \| (.+) \|$", PAGE, re.MULTILINE)

    assert [int(number) for number, _ in rules] == list(range(1, 21))
    assert all("`tests/" in tests for _, tests in rules)


def test_every_golden_row_has_a_test():
    rows = PAGE.partition("## The golden table")[2]

    assert len(re.findall(r"^\| .+ \| `tests/[^|]+` \|$", rows, re.MULTILINE)) == GOLDEN_ROWS


def test_every_test_that_is_named_is_there():
    named = re.findall(r"`(tests/[\w./:]+)`", PAGE)

    assert len(named) > 50
    assert [target for target in named if not is_there(target)] == []
