"""When people buy: a shop that grows, with a Christmas, weekends and evenings."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

GROWTH = 1.3  # how much the last day has over the first
MONTHS = (0.75, 0.8, 0.9, 0.95, 1.0, 1.1, 1.15, 1.0, 0.9, 1.0, 1.45, 1.8)
WEEKDAYS = (1.1, 1.0, 1.0, 1.05, 1.15, 0.85, 0.95)
HOURS = (1, 1, 0, 0, 0, 1, 3, 6, 9, 10, 11, 12, 14, 12, 10, 10, 11, 12, 14, 17, 19, 16, 9, 4)


def weigh_days(rng: random.Random, *, first: date, days: int) -> list[float]:
    """Say how much each day sells, relative to the others."""
    weights = []
    for number in range(days):
        day = first + timedelta(days=number)
        growth = 1 + GROWTH * number / days
        mood = rng.lognormvariate(0, 0.18)
        weights.append(growth * MONTHS[day.month - 1] * WEEKDAYS[day.weekday()] * mood)
    return weights


def choose_instants(
    rng: random.Random, *, anchor: datetime, days: int, count: int, zone: ZoneInfo
) -> list[int]:
    """Choose when ``count`` orders are placed, oldest first, in Unix seconds; none after ``anchor``.

    Some are of the last two days, so that the short windows have something to show.
    """
    today = anchor.astimezone(zone).date()
    first = today - timedelta(days=days - 1)
    chosen = rng.choices(range(days), weigh_days(rng, first=first, days=days), k=count)
    recent = [days - 1, days - 1, days - 2, days - 2]
    chosen[: len(recent)] = recent
    return sorted(
        _choose_moment(rng, day=first + timedelta(days=number), anchor=anchor, zone=zone) for number in chosen
    )


def _choose_moment(rng: random.Random, *, day: date, anchor: datetime, zone: ZoneInfo) -> int:
    hour = rng.choices(range(24), HOURS)[0]
    second = hour * 3600 + rng.randrange(3600)
    midnight = datetime.combine(day, time.min, tzinfo=zone).timestamp()
    ends = int(anchor.timestamp())
    moment = int(midnight) + second
    if moment < ends:
        return moment
    # Later than now: squeeze the whole of today into what has passed of it.
    return int(midnight + (ends - midnight) * second / 90_000)
