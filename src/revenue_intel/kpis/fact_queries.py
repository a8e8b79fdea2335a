"""The facts of some currencies and a window, for the statements that count them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connections

from revenue_intel.facts.models import (
    BalanceTransactionFact,
    Customer,
    DisputeFact,
    FunnelStep,
    LedgerEntry,
    OrderFact,
    OrderLineFact,
    PaymentFact,
)
from revenue_intel.kit.periods import Window
from revenue_intel.kpis.databases import analytics_alias
from revenue_intel.kpis.known import table_known_at
from revenue_intel.kpis.lags import LONGEST_WINDOW
from revenue_intel.kpis.local_days import LocalDays, number_of
from revenue_intel.kpis.questions import Question, Scope

#: Rows held in memory at once where they are streamed.
CHUNK_ROWS: Final = 2000
#: A day of one currency: its code, and the day's number.
Day = tuple[str, int]


class FactQueries:
    """The facts of scopes of one mode and account, in a window, asked in SQL that both databases understand."""

    def __init__(
        self,
        scopes: Sequence[Scope],
        window: Window,
        *,
        longest: int,
        using: str,
        known_at: datetime | None = None,
    ) -> None:
        self._connection = connections[using]
        days = LocalDays(
            vendor=self._connection.vendor,
            zone=window.zone,
            first=window.first_day - timedelta(days=min(longest, number_of(window.first_day))),
            last=window.last_day,
        )
        self.day, self.seconds = days.number, days.seconds
        self.first_number = number_of(window.first_day)
        self.is_long = window.days > LONGEST_WINDOW
        self.is_known_at = known_at is not None
        adapt = self._connection.ops.adapt_datetimefield_value
        self.arguments: dict[str, Any] = {
            "livemode": scopes[0].livemode,
            "account": scopes[0].account,
            "start": adapt(window.start),
            "end": adapt(window.end),
            "longest": longest,
            **{f"currency_{n}": scope.currency for n, scope in enumerate(scopes)},
        }
        self._currencies = ", ".join(f"%(currency_{n})s" for n in range(len(scopes)))
        if known_at is not None:
            self.arguments["known_at"] = adapt(known_at)
        self._tables = {
            name: table_known_at(model, known_at, quote=self._connection.ops.quote_name)
            for name, model in {
                "orders": OrderFact,
                "lines": OrderLineFact,
                "people": Customer,
                "ledger": LedgerEntry,
                "payments": PaymentFact,
                "disputes": DisputeFact,
                "balance": BalanceTransactionFact,
                "steps": FunnelStep,
            }.items()
        }

    def scope(self, alias: str, *, currency: bool = True) -> str:
        """Return the condition that a row is of the scopes, or of their mode and account where not ``currency``."""
        only = f"{self.of_currencies(f'{alias}.currency')} AND " if currency else ""
        return f"{only}{alias}.livemode = %(livemode)s AND {alias}.account = %(account)s"

    def of_currencies(self, column: str) -> str:
        """Return the condition that a currency is one of those asked for."""
        return f"{column} IN ({self._currencies})"

    def within(self, column: str) -> str:
        """Return the condition that an instant is in the window."""
        return f"{column} >= %(start)s AND {column} < %(end)s"

    def rows(self, template: str, **parts: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a statement; ``parts`` and the tables' names fill its braces."""
        with self._connection.cursor() as cursor:
            cursor.execute(self.sql(template, **parts), self.arguments)
            yield from cursor.fetchall()

    def stream(self, template: str, **parts: str) -> Iterator[tuple[Any, ...]]:
        """Yield the same, ``CHUNK_ROWS`` of them in memory at once; the transaction is the caller's."""
        with self._connection.chunked_cursor() as cursor:
            cursor.execute(self.sql(template, **parts), self.arguments)
            while chunk := cursor.fetchmany(CHUNK_ROWS):
                yield from chunk

    def sql(self, template: str, **parts: str) -> str:
        """Return a statement, or a part of one, with its braces filled."""
        return template.format(**self._tables, **parts)

    def instant(self, name: str, value: datetime) -> str:
        """Add an instant to the arguments and return what stands for it."""
        self.arguments[name] = self._connection.ops.adapt_datetimefield_value(value)
        return f"%({name})s"


def facts_of(question: Question) -> FactQueries:
    """Return the facts of a question's scope and window, as they are or were known."""
    return FactQueries(
        [question.scope], question.window, longest=0, using=analytics_alias(), known_at=question.known_at
    )
