"""Every public name in src says what it is for."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

from tests.meta.tree import SRC, python_files, syntax, where


def public_classes(file: Path) -> Iterator[type]:
    module = importlib.import_module(".".join(file.relative_to(SRC.parent).with_suffix("").parts))
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield value


def test_every_module_has_a_docstring():
    silent = [
        where(file)
        for file in python_files("src")
        if syntax(file).body and not ast.get_docstring(syntax(file))
    ]

    assert not silent


def test_every_public_class_and_function_has_a_docstring():
    silent = [
        f"{where(file, node)} {node.name}"
        for file in python_files("src")
        for node in syntax(file).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert not silent


def test_every_public_method_has_a_docstring_or_inherits_one():
    silent = [
        f"{where(file)} {cls.__name__}.{name}"
        for file in python_files("src")
        if file.stem not in {"__init__", "__main__"}
        for cls in public_classes(file)
        for name, value in vars(cls).items()
        if inspect.isfunction(value)
        and value.__module__ == cls.__module__
        and not name.startswith("_")
        and not inspect.getdoc(getattr(cls, name))
    ]

    assert not silent
