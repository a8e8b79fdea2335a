"""What a dataset is: rows of one export, read one by one, and how many there must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

from revenue_intel.exports.writers import Cell

#: Rows held in memory at once.
CHUNK_ROWS: Final = 2000

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """``expected_rows`` is counted by a query of its own, so that a file cut short is noticed."""

    expected_rows: int
    rows: Iterator[Sequence[Cell]]


def chunks(items: Iterator[T]) -> Iterator[list[T]]:
    """Split ``items`` into lists of at most ``CHUNK_ROWS``."""
    while chunk := list(islice(items, CHUNK_ROWS)):
        yield chunk
