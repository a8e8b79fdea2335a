"""What the audience sees: numbered steps, each with a mark and its seconds, and a progress bar."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from django.core.management.base import CommandError

from revenue_intel.exceptions import RevenueIntelError

BAR_WIDTH = 28
REFRESH_SECONDS = 0.1


class StepFailed(Exception):
    """A step did not hold; the message says what and by how much."""


class Stage:
    """Announces steps and remembers those that failed."""

    def __init__(self, out: TextIO) -> None:
        """Speak to ``out``."""
        self._out = out
        self.encoding = getattr(out, "encoding", None)
        self._number = 0
        plain = not _can_write("✓✗█░–", out)
        self._held, self._broke = ("ok", "FAILED") if plain else ("✓", "✗")
        self._full, self._empty = ("#", ".") if plain else ("█", "░")
        self.failures: list[str] = []

    def say(self, text: str = "") -> None:
        """Write a line within a step."""
        for line in text.splitlines() or [""]:
            self._out.write(f"   {line}".rstrip() + "\n")
        self._out.flush()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Run one step; what goes wrong in it is told and remembered, not raised."""
        self._number += 1
        self._out.write(f"\n{self._number}. {title}\n")
        self._out.flush()
        began = time.monotonic()
        try:
            yield
        except (StepFailed, CommandError, RevenueIntelError) as problem:
            self._fail(title, str(problem), began)
        except Exception as problem:
            traceback.print_exc(file=sys.stderr)
            self._fail(title, f"{type(problem).__name__}: {problem}", began)
        else:
            self.say(f"{self._held} {time.monotonic() - began:.1f} s")

    def _fail(self, title: str, reason: str, began: float) -> None:
        self.failures.append(f"{title}: {reason}")
        self.say(f"{self._broke} {time.monotonic() - began:.1f} s")
        self.say(reason)

    def bar(self, total: int, unit: str) -> Bar:
        """Return a progress bar for so many things."""
        return Bar(self._out, total=total, unit=unit, full=self._full, empty=self._empty)


class Bar:
    """One updating line on a terminal; a line every tenth elsewhere."""

    def __init__(self, out: TextIO, *, total: int, unit: str, full: str, empty: str) -> None:
        """Count from nothing to ``total``."""
        self._out, self._total, self._unit = out, total, unit
        self._full, self._empty = full, empty
        self._is_terminal = out.isatty()
        self._began = time.monotonic()
        self._shown_at = 0.0
        self._tenths = 0

    def show(self, done: int) -> None:
        """Tell how far it is, if it is time to."""
        finished = done >= self._total
        if self._is_terminal:
            if finished or time.monotonic() - self._shown_at >= REFRESH_SECONDS:
                self._shown_at = time.monotonic()
                self._out.write(f"\r   {self._line(done)}\033[K" + ("\n" if finished else ""))
        elif (tenths := done * 10 // max(self._total, 1)) > self._tenths:
            self._tenths = tenths
            self._out.write(f"   {self._line(done)}\n")
        self._out.flush()

    def _line(self, done: int) -> str:
        share = done / max(self._total, 1)
        rate = done / max(time.monotonic() - self._began, 0.001)
        left = (self._total - done) / rate if rate else 0
        cells = int(share * BAR_WIDTH)
        bar = self._full * cells + self._empty * (BAR_WIDTH - cells)
        return f"{bar} {share:4.0%}  {done:,}/{self._total:,} {self._unit}  {rate:,.0f}/s  {left:.0f} s left"


def _can_write(text: str, out: TextIO) -> bool:
    try:
        text.encode(getattr(out, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
