"""Counts on an even grid of minutes or hours, and what any window of them holds. Pure.

Running totals make every window two reads, however long it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Totals = NDArray[Any]
Counts = NDArray[np.int64]
Sizes = NDArray[np.float64]
Flags = NDArray[np.bool_]

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MICRO = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WHOLE = ("bad", "n", "n_raw", "value_n")
BROKEN = ("value_sum", "value_sumsq")


@dataclass(frozen=True, slots=True)
class Grid:
    """`count` cells of one unit from `start` on. Index i stands for the moment at which i cells have ended."""

    start: datetime
    unit: timedelta
    count: int
    totals: Mapping[str, Totals]  # running totals by column, each one longer than there are cells
    # What the window that ends at each index holds, where that is no plain sum of cells: it is taken instead of one.
    held: Mapping[str, Totals] = field(default_factory=dict)

    @classmethod
    def of(cls, start: datetime, unit: timedelta, cells: Mapping[str, Totals]) -> "Grid":
        """From the counts of each cell, all columns of the same length."""
        totals = {
            name: np.concatenate([np.zeros(1, column.dtype), np.cumsum(column)]) for name, column in cells.items()
        }
        return cls(start, unit, len(next(iter(cells.values()))), totals)

    def at(self, index: int) -> datetime:
        return self.start + index * self.unit

    def index_of(self, moment: datetime) -> int:
        """The first index at or after a moment."""
        return max(0, -((self.start - moment) // self.unit))

    def cells_in(self, seconds: int) -> int:
        """How many cells a window takes; a part of one counts as a whole."""
        return max(1, -(-seconds // int(self.unit.total_seconds())))

    def windows(self, name: str, width: int) -> Totals:
        """The sums of the windows of `width` cells that end at each index."""
        column = self.totals[name]
        starts = np.maximum(np.arange(self.count + 1) - width, 0)
        sums: Totals = column - column[starts]
        return sums

    def up_to(self, count: int) -> "Grid":
        """The same grid with fewer cells."""
        totals, held = (
            {name: column[: count + 1] for name, column in columns.items()} for columns in (self.totals, self.held)
        )
        return replace(self, count=count, totals=totals, held=held)

    def holding(self, held: Mapping[str, Totals]) -> "Grid":
        """The same grid with more columns of what windows hold."""
        return replace(self, held={**self.held, **held})


def epoch_minutes(moment: datetime) -> int:
    return (moment - EPOCH) // MINUTE
