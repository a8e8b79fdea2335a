"""Tests that need the SDK are skipped, with a printed reason, where it is not installed."""

from __future__ import annotations

from typing import Any

import pytest


def need_sdk() -> Any:
    """Return the module ``stripe``, or skip the test."""
    return pytest.importorskip("stripe", reason="needs the package stripe, which is not installed here")
