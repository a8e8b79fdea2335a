"""Files and functions stay small enough to read at one go."""

from __future__ import annotations

import ast

from tests.meta.tree import python_files, syntax, where

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 50


def test_no_file_is_over_300_lines():
    too_long = {
        where(file): lines
        for file in python_files("src", "tests", "example_project", "dev.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    }

    assert not too_long


def test_no_function_in_src_is_over_50_lines():
    too_long = {
        f"{where(file, node)} {node.name}": lines
        for file in python_files("src")
        for node in ast.walk(syntax(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    }

    assert not too_long
