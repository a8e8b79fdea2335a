"""Every example in the documentation runs, in the order of its page, in a project that followed the README."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from django.db import connection

from tests.docs.host_project import NOT_RUN, HostProject, commands
from tests.docs.pages import DOCS, all_pages, blocks, name_of

FOLLOWED = [
    DOCS / "quickstart.md",
    DOCS / "howto" / "adapter.md",
    DOCS / "howto" / "local-stripe.md",
    DOCS / "howto" / "roles.md",
    DOCS / "reference" / "commands.md",
    DOCS / "reference" / "settings.md",
]
LANGUAGES = {"", "console", "html", "json", "mermaid", "python", "text"}


#: Run by tests of their own, which put them into a host's apps.
ELSEWHERE = [DOCS / "howto" / "own-kpi.md"]


def is_run(page: Path) -> bool:
    return page in [*FOLLOWED, *ELSEWHERE] or name_of(page) == "README.md"


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the bare project brings its own database, SQLite")
@pytest.mark.parametrize("page", FOLLOWED, ids=name_of)
def test_doing_what_a_page_says_gives_what_it_shows(page: Path, reader: HostProject):
    reader.follow(page)


@pytest.mark.parametrize("page", all_pages(), ids=name_of)
def test_a_page_with_examples_is_followed(page: Path):
    left = [
        block.place
        for block in blocks(page)
        if block.language == "python"
        or any(
            not command.startswith(tuple(NOT_RUN))
            for command, _ in (commands(block) if block.language == "console" else ())
        )
    ]

    assert is_run(page) or not left


@pytest.mark.parametrize("page", all_pages(), ids=name_of)
def test_code_is_well_formed_and_says_what_it_is(page: Path):
    for block in blocks(page):
        assert block.language in LANGUAGES, block.place
        if block.language == "python":
            ast.parse(block.text, block.place)
        if block.language == "json":
            json.loads(block.text)


@pytest.mark.parametrize("page", all_pages(), ids=name_of)
def test_lines_of_code_fit_the_page(page: Path):
    too_wide = [
        f"{block.place}: {line}"
        for block in blocks(page)
        for line in block.text.splitlines()
        if len(line) > 120
    ]

    assert not too_wide
