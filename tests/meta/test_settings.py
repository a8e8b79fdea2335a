"""Every setting is documented, and read late: overriding one works at any time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from revenue_intel import conf
from tests.meta.tree import ROOT, SRC, python_files, syntax, where

NAMES = sorted(conf.Settings.__annotations__)


def evaluated_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs when a module is imported: all but the bodies of functions and lambdas."""
    yield node
    for field, value in ast.iter_fields(node):
        deferred = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and field == "body"
        if not deferred:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from evaluated_at_import(child)


def reads_a_setting(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr.isupper()
        and isinstance(node.value, ast.Name)
        and node.value.id in {"conf", "settings", "django_settings"}
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_has_a_heading_in_the_reference(name):
    reference = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")

    assert re.search(rf"^#+ .*\b{conf.PREFIX}{name}\b", reference, flags=re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_a_setting_has_a_comment_that_says_what_it_is(name):
    source = (SRC / "conf.py").read_text(encoding="utf-8")

    assert re.search(rf"^    #: .+\n(    #: .+\n)*    {name}: ", source, flags=re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_overriding_a_setting_takes_effect_at_once(name, settings):
    value = object()

    setattr(settings, conf.PREFIX + name, value)

    assert getattr(conf.settings, name) is value


def test_no_module_reads_a_setting_while_it_is_imported():
    early = [
        where(file, node)
        for file in python_files("src")
        for node in evaluated_at_import(syntax(file))
        if reads_a_setting(node)
    ]

    assert not early
