"""What will happen by itself: jobs that wait for their time.

A job is the name of a method of the API and its arguments, so that records can hold it.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, order=True)
class Job:
    """A call that is due at a time; of one second, in the order in which they were planned."""

    at: int
    number: int
    account: str | None = field(compare=False)
    call: str = field(compare=False)
    arguments: dict[str, Any] = field(compare=False)


class Schedule:
    """The jobs that wait."""

    def __init__(self) -> None:
        """Start without any."""
        self._jobs: list[Job] = []
        self._number = 0

    def add(self, at: int, call: str, arguments: Mapping[str, Any], *, account: str | None) -> None:
        """Plan a call."""
        self._number += 1
        job = Job(at=at, number=self._number, account=account, call=call, arguments=dict(arguments))
        heapq.heappush(self._jobs, job)

    def take(self, now: int) -> Job | None:
        """Return the first job that is due, and forget it."""
        return heapq.heappop(self._jobs) if self._jobs and self._jobs[0].at <= now else None

    def records(self) -> list[dict[str, Any]]:
        """Return the jobs as plain data, in their order."""
        return [asdict(job) for job in sorted(self._jobs)]

    def load(self, records: list[dict[str, Any]]) -> None:
        """Replace the jobs by what :meth:`records` returned."""
        self._jobs = [Job(**row) for row in records]
        heapq.heapify(self._jobs)
        self._number = max((job.number for job in self._jobs), default=0)
