"""Deliver events from processes that are killed on the way, between the intake and the commit of the effects.

``python -m tests.concurrency.killed`` reads a list of events from its standard input and says how many were killed. It
is to be started with ``tests.another_process.environment()``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

#: How many live at the same time.
AT_ONCE = 4


def die(*_arguments: Any, **_named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(work: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **named: Any) -> None:
        work(*arguments, **named)
        die()

    return run


def deliver_and_die(number: int, event: dict[str, Any]) -> None:
    """Be killed when the event is stored, when its order's stock is taken, or when all but the commit is done."""
    from revenue_intel.orders import settlement
    from revenue_intel.webhooks import processing
    from tests.deliveries import deliver

    place: Any = (processing, "process"), (settlement, "take_stock"), (processing, "_apply")
    module, name = place[number % 3]
    setattr(module, name, die if name == "process" else die_after(getattr(module, name)))
    deliver(event)


def main() -> None:
    """Fork a process for each event."""
    import django

    django.setup()
    from django.urls import reverse

    reverse("payments:webhook")  # so that not each child imports the views
    killed, running = 0, 0
    for number, event in enumerate(json.load(sys.stdin)):
        if not os.fork():
            try:
                deliver_and_die(number, event)
            finally:
                os._exit(1)
        running += 1
        if running == AT_ONCE:
            killed, running = killed + wait(), running - 1
    killed += sum(wait() for _ in range(running))
    sys.stdout.write(f"{killed} killed\n")


def wait() -> bool:
    """Wait until one has ended, and say whether it was killed."""
    return os.WTERMSIG(os.wait()[1]) == signal.SIGKILL


if __name__ == "__main__":
    main()
