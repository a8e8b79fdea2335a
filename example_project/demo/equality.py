"""Hold the package's numbers against the recount, figure by figure, to the unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from shop.models import WishlistItem

from demo import places
from demo.recount import Figures, count_balance, count_money, count_wishers, last_days
from demo.stage import StepFailed
from revenue_intel.conf import settings as conf
from revenue_intel.kit import clock
from revenue_intel.kit.periods import day_of
from revenue_intel.kpis import service as kpis

CURRENCIES = ("gbp", "usd")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A figure that is not what the recount says."""

    figure: str
    days: int
    currency: str
    expected: object
    got: object

    def __str__(self) -> str:
        return f"{self.figure}, {self.days} days, {self.currency}: expected {self.expected}, got {self.got}"


def compare(*, with_wishes: bool) -> int:
    """Compare every figure of every window and currency; return how many there were.

    Args:
        with_wishes: also compare who wished. Only right after the history was played: visitors may take a
            wish back, and the shop then forgets that it was there.

    Raises:
        StepFailed: the records are gone, or figures differ; each is named.
    """
    records = places.load_records()
    today = day_of(clock.now(), clock.zone(conf.TIME_ZONE))
    compared = 0
    differences: list[Difference] = []
    for days in conf.WINDOWS_DAYS:
        for currency in CURRENCIES:
            expected = _expect(records, days=days, currency=currency, today=today, with_wishes=with_wishes)
            compared += len(expected)
            differences += _differ(expected, days=days, currency=currency, today=today)
    if differences:
        raise StepFailed("\n".join(str(difference) for difference in differences))
    return compared


def _expect(records: dict[str, Any], *, days: int, currency: str, today: date, with_wishes: bool) -> Figures:
    window = last_days(days, up_to=today, zone=clock.zone(conf.TIME_ZONE))
    expected = count_money(records, days=window, currency=currency)
    expected |= count_balance(records, days=window, currency=currency)
    if with_wishes:
        wishes = (
            (str(user), at.timestamp()) for user, at in WishlistItem.objects.values_list("user", "added_at")
        )
        expected["wishlisted_users"] = count_wishers(wishes, days=window)
    return expected


def _differ(expected: Figures, *, days: int, currency: str, today: date) -> Iterator[Difference]:
    report = kpis.compute(days=days, currency=currency, as_of=today)
    for figure, value in expected.items():
        if report.value(figure) != value:
            yield Difference(
                figure=figure, days=days, currency=currency, expected=value, got=report.value(figure)
            )
