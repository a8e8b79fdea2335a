"""The command that applies what waits."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command


@pytest.fixture
def process_events() -> Callable[[], None]:
    """Run ``revenue_process_events``."""

    def run() -> None:
        call_command("revenue_process_events", verbosity=0, stdout=StringIO())

    return run
