"""What the desks of the API share: lists, updates, copies.

A desk answers the calls about one kind of object. Its methods take native Python values and return
copies; they are called by the HTTP routes and, in the same process, by hosts' tests and demo players.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, TypedDict

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.faults import ApiFault, missing_resource
from revenue_intel.testing.standin.routes import Kinds, Routes
from revenue_intel.testing.standin.state import State, snapshot

_MAX_METADATA_KEYS = 50


class Page(TypedDict, total=False):
    """The parameters every list takes; ``limit`` is 1 to 100, 10 when not given."""

    limit: int
    starting_after: str
    ending_before: str


def within(moment: int, bounds: Mapping[str, int] | None) -> bool:
    """Tell whether a time lies within a filter of ``gt``, ``gte``, ``lt``, ``lte``."""
    tests = {
        "gt": lambda bound: moment > bound,
        "gte": lambda bound: moment >= bound,
        "lt": lambda bound: moment < bound,
        "lte": lambda bound: moment <= bound,
    }
    return all(tests[name](bound) for name, bound in (bounds or {}).items())


def cut(rows: list[Payload], *, kind: str, url: str, page: Page) -> Payload:
    """Return one page of rows that are sorted newest first, as Stripe's list object."""
    limit = page.get("limit", 10)
    if not 1 <= limit <= 100:
        raise ApiFault("Invalid limit: must be between 1 and 100", param="limit")
    after, before = page.get("starting_after"), page.get("ending_before")
    if after is not None and before is not None:
        raise ApiFault("You cannot use both starting_after and ending_before.", param="ending_before")
    start, stop = 0, len(rows)
    if after is not None:
        start = _position(rows, after, kind=kind, param="starting_after") + 1
    if before is not None:
        stop = _position(rows, before, kind=kind, param="ending_before")
        start = max(0, stop - limit)
        more = start > 0
    else:
        more = stop - start > limit
    return {
        "object": "list",
        "data": snapshot(rows[start : min(stop, start + limit)]),
        "has_more": more,
        "url": url,
    }


def _position(rows: list[Payload], identifier: str, *, kind: str, param: str) -> int:
    for position, row in enumerate(rows):
        if row["id"] == identifier:
            return position
    raise missing_resource(kind, identifier, param=param)


def newest_first(rows: Iterable[Payload]) -> list[Payload]:
    """Sort by creation; of one second, the one that was made last comes first."""
    oldest_first = sorted(rows, key=lambda row: int(row["created"]))
    return oldest_first[::-1]


def change(payload: Payload, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change an object in place and return the old values of what really changed.

    Metadata is merged: an empty value removes its key, the key ``""`` removes all. Elsewhere an empty
    string means null.
    """
    previous: dict[str, Any] = {}
    for name, value in changes.items():
        old = payload[name]
        if name == "metadata":
            new: Any = merged(old, value)
            before: Any = {key: old.get(key) for key in {**old, **new} if old.get(key) != new.get(key)}
        else:
            new, before = value if value != "" else None, old
        if old != new:
            payload[name] = new
            previous[name] = before
    return previous


def cleared(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a new object; an empty string means null."""
    return {name: None if value == "" else value for name, value in fields.items()}


def merged(old: Mapping[str, str], changes: Mapping[str, str] | None) -> dict[str, str]:
    """Return metadata with changes merged in."""
    changes = changes or {}
    result = {} if "" in changes else dict(old)
    result.update(changes)
    result = {key: value for key, value in result.items() if value != ""}
    if len(result) > _MAX_METADATA_KEYS:
        raise ApiFault(f"Metadata has more than {_MAX_METADATA_KEYS} keys", param="metadata")
    return result


class Desk:
    """A part of the API over the shared state: one resource, its kinds of object, its routes."""

    KINDS: ClassVar[Kinds] = ()
    ROUTES: ClassVar[Routes] = ()

    def __init__(self, state: State) -> None:
        """Work on ``state``."""
        self._state = state

    def _retrieve(self, kind: str, identifier: str) -> Payload:
        with self._state.turn():
            copy: Payload = snapshot(self._state.get(kind, identifier))
            return copy

    def _list(
        self,
        kind: str,
        *,
        equal: Mapping[str, Any],
        created: Mapping[str, int] | None,
        page: Page,
        among: Collection[str] | None = None,
    ) -> Payload:
        """Return a page of the objects whose fields equal the given values; None matches all.

        ``among`` holds the identifiers to choose from, all when not given.
        """
        wanted = {name: value for name, value in equal.items() if value is not None}
        with self._state.turn():
            rows = newest_first(
                row
                for row in self._state.objects[kind].values()
                if all(row.get(name) == value for name, value in wanted.items())
                and within(row["created"], created)
                and (among is None or row["id"] in among)
            )
            return cut(rows, kind=kind, url="/v1/" + kind.replace(".", "/") + "s", page=page)
