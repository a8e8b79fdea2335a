"""What the commands that apply events print where some failed: a line each, and not a page."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.core.management.base import BaseCommand, CommandError

#: Above all loggers of ours.
LOGGER: Final = "revenue_intel"


class _Lines(logging.Handler):
    """Writes the message of each record, without its traceback, where a command's errors go."""

    def __init__(self, command: BaseCommand) -> None:
        super().__init__()
        self.command = command

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.command.stderr.write(record.getMessage())


@contextmanager
def log_in_lines(command: BaseCommand, *, has_tracebacks: bool) -> Iterator[None]:
    """Where the host has set up no logging, let what is logged be printed in a line each.

    Left to itself Python prints it with tracebacks, which is done here only where they are asked for (``--traceback``).
    """
    logger = logging.getLogger(LOGGER)
    if has_tracebacks or logger.hasHandlers():
        yield
        return
    handler = _Lines(command)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def end(outcomes: Counter[str]) -> None:
    """End a command with exit code 1 where an event failed.

    Raises:
        CommandError: an event failed.
    """
    if failed := outcomes["failed"]:
        raise CommandError(f"{failed} events failed. The log says why, and so do their issues.")
