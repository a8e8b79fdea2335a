"""The checkout as the meta tests see it: its files, and their syntax."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "revenue_intel"


def python_files(*places: str) -> Iterator[Path]:
    """Yield the Python files of the named files and folders of the checkout, but no migrations."""
    for place in places:
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            if "migrations" not in file.parts:
                yield file


@cache
def syntax(file: Path) -> ast.Module:
    """Parse a file, once."""
    return ast.parse(file.read_text(encoding="utf-8"))


def where(file: Path, node: ast.AST | None = None) -> str:
    """Name a place in the checkout so that an editor finds it."""
    return f"{file.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 1)}"
