"""The programs and clients that a benchmark starts: none outlives it, whatever ends it."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 5.0


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let a termination signal end the block as Ctrl-C does, so that all that was started is ended."""

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what follows is the clean-up
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def crew(target: Callable[..., None], arguments: Sequence[tuple[Any, ...]]) -> Iterator[list[BaseProcess]]:
    """Run ``target`` in a process for each tuple of arguments; at the end of the block those that still run are ended."""
    context = multiprocessing.get_context("fork")
    workers: list[BaseProcess] = [
        context.Process(target=_work, args=(target, *given), daemon=True) for given in arguments
    ]
    try:
        for worker in workers:
            worker.start()
        yield workers
    finally:
        started = [worker for worker in workers if worker.pid]
        for worker in started:
            worker.terminate()
        _wait(started, lambda worker: worker.join(0.05) or not worker.is_alive())


@contextlib.contextmanager
def program(*command: str | Path, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in the checkout until the block ends; Ctrl-C is for us, and we end it."""
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            _wait([process], lambda each: each.poll() is not None)


def _work(target: Callable[..., None], *arguments: Any) -> None:
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal sends it to all: the one that started us ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    target(*arguments)


def _wait(processes: Sequence[Any], has_ended: Callable[[Any], bool]) -> None:
    """Wait for processes that were told to end, and kill those that do not."""
    until = time.monotonic() + PATIENCE_SECONDS
    left = list(processes)
    while left and time.monotonic() < until:
        left = [process for process in left if not has_ended(process)]
        time.sleep(0.02)
    for process in left:
        process.kill()
