"""One way to make an export and read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from revenue_intel.exports.service import Export, export

AS_OF = date(2026, 3, 30)


@pytest.fixture
def make() -> Iterator[Callable[..., Export]]:
    """Make an export, ending on 30 March 2026 unless told otherwise; closed after the test."""
    made: list[Export] = []

    def make(name: Any, **question: Any) -> Export:
        made.append(export(name=name, **{"days": 30, "as_of": AS_OF, "actor": "user:1", **question}))
        return made[-1]

    yield make
    for one in made:
        one.file.close()


@pytest.fixture
def rows(make: Callable[..., Export]) -> Callable[..., list[dict[str, str]]]:
    """Make an export and return its rows by header."""

    def rows(name: Any, **question: Any) -> list[dict[str, str]]:
        text = make(name, **question).file.read().decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    return rows
