"""Stripe's timestamps are whole seconds; anything else is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from revenue_intel.exceptions import ConfigurationError, UnsupportedShapeError
from revenue_intel.kit import clock


def test_a_timestamp_is_an_aware_instant():
    assert clock.from_timestamp(1_767_225_600) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, True, False, "1767225600", 1.5, 10**12, -(10**12), 10**40, [], {}])
def test_what_is_no_timestamp_is_refused(value):
    with pytest.raises(UnsupportedShapeError):
        clock.from_timestamp(value)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "Europe/London\x00"])
def test_a_zone_that_does_not_exist_is_a_mistake_in_the_settings(name):
    with pytest.raises(ConfigurationError):
        clock.zone(name)


def test_a_zone_is_found_by_name():
    assert clock.zone("Europe/London").key == "Europe/London"


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30", "2026-03-01T25:00", "yesterday", ""])
def test_what_is_no_instant_is_refused_in_words_that_name_it(text):
    with pytest.raises(ValueError, match=f"^{text!r} (does not exist: |is neither )"):
        clock.parse_instant(text, zone=clock.zone("UTC"))
