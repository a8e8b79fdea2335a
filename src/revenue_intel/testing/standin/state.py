"""Everything the stand-in remembers, in memory, behind one lock."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from revenue_intel.testing import events
from revenue_intel.testing.events import Payload
from revenue_intel.testing.ids import IdSource
from revenue_intel.testing.standin.delivery import StoredEvent
from revenue_intel.testing.standin.faults import missing_resource
from revenue_intel.testing.standin.mischief import Mischief, Troublemaker
from revenue_intel.testing.standin.post_office import PostOffice
from revenue_intel.testing.standin.schedule import Job, Schedule
from revenue_intel.testing.standin.terms import Terms


@dataclass(frozen=True, kw_only=True)
class RequestFacts:
    """The API call that is being answered, for ``event.request``."""

    id: str
    idempotency_key: str | None


class _Here(threading.local):
    """What holds for the calls of one thread only."""

    now: int | None = None
    request: RequestFacts | None = None
    account: str | None = None


class _Books:
    """What belongs to one account."""

    def __init__(self) -> None:
        #: Kind → identifier → object.
        self.objects: defaultdict[str, dict[str, Payload]] = defaultdict(dict)
        self.events: dict[str, StoredEvent] = {}
        #: Topic → identifier → what no answer shows: the desks' own notes.
        self.notes: defaultdict[str, dict[str, Any]] = defaultdict(dict)


def snapshot(value: Any) -> Any:
    """Copy plain data; a JSON round trip is the cheapest deep copy, and proves that it can be sent."""
    return json.loads(json.dumps(value))


def collection(kind: str) -> str:
    """Return the name of a kind's list in :meth:`State.records`."""
    return kind.replace(".", "_") + "s"


class State:
    """The objects and events of each account, the clock, the schedule and the source of identifiers."""

    def __init__(self, *, clock: Callable[[], int], ids: IdSource, office: PostOffice, terms: Terms) -> None:
        """Start empty."""
        self.lock = threading.RLock()
        self.ids = ids
        self.office = office
        self.terms = terms
        self.troublemaker = Troublemaker(Mischief())
        self._clock = clock
        self._ahead = 0
        self._here = _Here()
        self._depth = 0
        self.base_url = "http://127.0.0.1"
        #: Performs a job; the API puts itself here.
        self.perform: Callable[[Job], None] = lambda job: None
        #: The kinds that :meth:`records` lists even when there are none.
        self.kinds: tuple[str, ...] = ()
        self._clear()

    def _clear(self) -> None:
        self._books: defaultdict[str | None, _Books] = defaultdict(_Books)
        self._schedule = Schedule()
        self._fresh: list[tuple[str, StoredEvent]] = []

    @property
    def objects(self) -> defaultdict[str, dict[str, Payload]]:
        """The objects of the account of this thread's calls, by kind."""
        return self._books[self._here.account].objects

    @property
    def events(self) -> dict[str, StoredEvent]:
        """The events of the account of this thread's calls."""
        return self._books[self._here.account].events

    @property
    def notes(self) -> defaultdict[str, dict[str, Any]]:
        """What the desks know and no answer shows, by topic."""
        return self._books[self._here.account].notes

    @property
    def account(self) -> str | None:
        """The connected account of this thread's calls."""
        return self._here.account

    def now(self) -> int:
        """Return the time of the calling thread, in Unix seconds."""
        return self._clock() + self._ahead if self._here.now is None else self._here.now

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Let the calls of this thread happen at a given time, in Unix seconds."""
        before, self._here.now = self._here.now, moment
        try:
            yield
        finally:
            self._here.now = before

    @contextmanager
    def within(self, account: str | None, request: RequestFacts | None = None) -> Iterator[None]:
        """Let the calls of this thread happen in an account, and name the API call behind their events."""
        before = self._here.account, self._here.request
        self._here.account, self._here.request = account, request
        try:
            yield
        finally:
            self._here.account, self._here.request = before

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Do one thing alone. Before and after it, what is due by now happens; then the events go out."""
        with self.lock:
            if self._depth == 0:
                self._run_due()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._run_due()
                    self._hand_over()

    def _hand_over(self) -> None:
        """Give the events of a turn to the post office, as the troublemaker likes."""
        batch, self._fresh = self._fresh, []
        for wait, event_id, stored in self.troublemaker.plan(batch):
            if wait:
                with self.within(stored.account):
                    self.later(wait, "_deliver_late", event=event_id)
            else:
                self.deliver(event_id, stored)

    def deliver(self, event_id: str, stored: StoredEvent) -> None:
        """Give an event to the post office."""
        self.office.take(event_id, stored, self._books[stored.account].objects)

    def advance(self, seconds: int) -> None:
        """Move the clock forward; whatever is due on the way happens, each at its own time."""
        with self.turn():
            self._ahead += seconds

    def tick(self) -> None:
        """Let happen what is due by now."""
        with self.turn():
            pass

    def later(self, seconds: int, call: str, **arguments: Any) -> None:
        """Plan a call of the API; 0 seconds ahead means right after the turn under way."""
        self._schedule.add(self.now() + seconds, call, arguments, account=self._here.account)

    def _run_due(self) -> None:
        self._depth += 1
        try:
            while (job := self._schedule.take(self.now())) is not None:
                with self.at(job.at), self.within(job.account):
                    self.perform(job)
        finally:
            self._depth -= 1

    def new_id(self, kind: str) -> str:
        """Return an identifier that is not in use, also after older records were loaded."""
        taken: Mapping[str, Any] = self.events if kind == "event" else self.objects.get(kind, {})
        while (identifier := self.ids.new(kind)) in taken:
            continue
        return identifier

    def add(self, payload: Payload) -> Payload:
        """Keep a new object."""
        self.objects[payload["object"]][payload["id"]] = payload
        return payload

    def get(self, kind: str, identifier: str, *, param: str = "id") -> Payload:
        """Return an object.

        Raises:
            ApiFault: there is none; ``param`` is the parameter that named it.
        """
        found = self.objects[kind].get(identifier)
        if found is None:
            raise missing_resource(kind, identifier, param=param)
        return found

    def emit(self, event_type: str, payload: Payload, *, previous: Mapping[str, Any] | None = None) -> None:
        """Record that something happened to an object; the event goes out at the end of the turn."""
        request, account = self._here.request, self._here.account
        event = events.event(
            event_type,
            payload,
            id=self.new_id("event"),
            created=self.now(),
            account=account,
            previous_attributes=previous,
            request={"id": request.id, "idempotency_key": request.idempotency_key} if request else None,
            pending_webhooks=self.office.wants(event_type, account),
        )
        stored = _stored(event)
        self.events[event["id"]] = stored
        self._fresh.append((event["id"], stored))

    def records(self) -> dict[str, Any]:
        """Return everything as plain, JSON-ready data: lists in the order of creation."""
        with self.lock:
            connected = {name: self._read(books) for name, books in self._books.items() if name is not None}
            return {
                **self._read(self._books[None]),
                "accounts": connected,
                "jobs": self._schedule.records(),
            }

    def _read(self, books: _Books) -> dict[str, Any]:
        kinds = dict.fromkeys((*self.kinds, *books.objects))
        return {
            **{collection(kind): snapshot(list(books.objects[kind].values())) for kind in kinds},
            "events": [json.loads(stored.body) for stored in books.events.values()],
            "notes": snapshot(books.notes),
        }

    def load(self, records: Mapping[str, Any]) -> None:
        """Replace everything by what :meth:`records` returned. Nothing is delivered again."""
        with self.lock:
            self._clear()
            for account, rows in {None: records, **records["accounts"]}.items():
                self._books[account] = _written(rows)
            self._schedule.load(snapshot(records["jobs"]))


def _written(rows: Mapping[str, Any]) -> _Books:
    books = _Books()
    for name, content in rows.items():
        if name == "events":
            books.events = {event["id"]: _stored(event) for event in content}
        elif name == "notes":
            books.notes.update(snapshot(content))
        elif name not in ("accounts", "jobs"):
            for row in snapshot(content):
                books.objects[row["object"]][row["id"]] = row
    return books


def _stored(event: Payload) -> StoredEvent:
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    return StoredEvent(event["created"], event["type"], body, event.get("account"))
