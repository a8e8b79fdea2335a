"""Read a page as a visitor would: cards, bars and rows, and every tag with its attributes."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def text_of(answer: Any) -> str:
    """Return the body of a test client's answer."""
    return str(answer.content.decode())


def cards(page: str) -> dict[str, tuple[str, str, str]]:
    """Return value, change and previous value by the card's name."""
    found = re.findall(
        r'<dt>([^<]+)</dt>\s*<dd class="value"><a [^>]+>([^<]+)</a></dd>\s*'
        r'<dd class="change \w+">([^<]+?) <span class="muted">before: ([^<]+)</span>',
        page,
    )
    return {name: (value, change, previous) for name, value, change, previous in found}


def mood(page: str, name: str) -> str:
    """Return how a card is coloured."""
    return str(re.findall(rf'<dt>{name}</dt>.*?<dd class="change (\w+)">', page, re.DOTALL)[0])


def bars(page: str) -> list[str]:
    """Return what each bar says, from left to right."""
    return [html.unescape(label) for label in re.findall(r'<g class="day">\s*<title>([^<]+)</title>', page)]


def rows(page: str) -> list[tuple[str, str, str]]:
    """Return day (ISO), revenue and orders of each row of the table, from the top."""
    return re.findall(
        r'<tr><th scope="row"><time datetime="([^"]+)">.*?</th><td>([^<]+)</td><td>([^<]+)</td></tr>', page
    )


class Tags(HTMLParser):
    """Every tag of a page, and the attributes it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def links(self) -> list[str]:
        """Return where the page's links lead."""
        return [attributes["href"] or "" for tag, attributes in self.tags if tag == "a"]

    def asked(self, address: str = "") -> list[dict[str, str]]:
        """Return what each link to ``address`` asks for; without one, of those that stay on the page."""
        parts = [urlsplit(link) for link in self.links()]
        return [dict(parse_qsl(part.query)) for part in parts if part.path == address and part.query]
