"""The pages of the documentation as the tests see them: headings, links, code blocks, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block: its language, its text without the indent of the list it stands in, and its place."""

    language: str
    text: str
    place: str

    @property
    def file(self) -> str:
        """The file that the block is, by a first line such as ``# shop/models.py``; else empty."""
        found = re.match(r"# ([\w./]+\.py)\b", self.text)
        return found[1] if found else ""


def all_pages() -> list[Path]:
    """Return the README and every page below docs/."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def name_of(page: Path) -> str:
    """Return how tests name a page."""
    return page.relative_to(ROOT).as_posix()


def read(page: Path) -> str:
    """Return a page's text."""
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """Return a page's text without its code blocks."""
    return FENCE.sub("", read(page))


def blocks(page: Path) -> Iterator[Block]:
    """Yield a page's code blocks, in order."""
    text = read(page)
    for found in FENCE.finditer(text):
        indent = len(found[0]) - len(found[0].lstrip(" "))
        lines = [line[indent:] for line in found[2].splitlines()]
        number = text.count("\n", 0, found.start()) + 1
        yield Block(language=found[1], text="\n".join(lines), place=f"{name_of(page)}:{number}")


def headings(page: Path, *, level: int | None = None) -> list[str]:
    """Return a page's headings, of one level where it is given."""
    found = HEADING.findall(prose(page))
    return [title for marks, title in found if level in (None, len(marks))]


def anchors(page: Path) -> set[str]:
    """Return the fragments that can be linked to, as the common renderers make them from headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings(page)}


def section(page: Path, heading: str) -> str:
    """Return what stands under a heading, down to the next one of its level or higher."""
    text = read(page)
    found = next(each for each in HEADING.finditer(text) if each[2] == heading)
    rest = text[found.end() :]
    end = re.search(
        rf"^#{{1,{len(found[1])}}} ", FENCE.sub(lambda block: "~" * len(block[0]), rest), re.MULTILINE
    )
    return rest[: end.start()] if end else rest


def rows(text: str) -> list[list[str]]:
    """Return the cells of the tables in a text, row by row, without heads and rules."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        is_head = number + 1 < len(lines) and re.match(r"\|[ -]*-[ |-]*$", lines[number + 1])
        if line.startswith("|") and not is_head and not re.match(r"\|[ |-]+$", line):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def plain(cell: str) -> str:
    """Return a cell without its code marks."""
    return cell.strip("`")
