"""What the same hour of past weeks held, for every window of a grid at once. Pure.

The same rule as `weeks.past_weeks`, which the tick follows window by window, in arrays; a test holds both together.
Where only hours are kept, an hour that is touched by something unusual is left out as a whole.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from incidents.detection.backtest.grid import MINUTE, Counts, Flags, Grid, Totals, epoch_minutes
from incidents.detection.weeks import WEEK, WEEKS, Span

REACH = WEEKS * WEEK + timedelta(hours=2)  # how far back a window looks, with room for a change of clocks
DAY_MINUTES, QUARTER = 1_440, 15
WEEK_MINUTES = int(WEEK / MINUTE)
NEVER = -1


def past_columns(
    grid: Grid, *, width: int, timezone: str, unusual: Sequence[Span], known_since: datetime | None, per_minute: bool
) -> Mapping[str, Totals]:
    """The columns `past_bad`, `past_n` and `weeks`, and `n` where a window is as long as it is."""
    places, unit = np.arange(grid.count + 1), int(grid.unit / MINUTE)
    usable = _usable(grid, unusual, known_since)
    sums = {name: _masked(grid, name, usable) for name in ("bad", "n")}
    lengths = np.concatenate([[0], np.cumsum(usable, dtype=np.int64)])
    bad, exposure, weeks = (np.zeros(grid.count + 1, np.int64) for _ in range(3))
    for ends in same_hours(grid, width=width, timezone=timezone):
        exists = ends != NEVER
        ends = np.where(exists, ends, width)
        left = lengths[ends] - lengths[ends - width]
        held = unit * left if per_minute else sums["n"][ends] - sums["n"][ends - width]
        is_week = exists & (2 * left >= width) & (held > 0)
        bad += np.where(is_week, sums["bad"][ends] - sums["bad"][ends - width], 0)
        exposure += np.where(is_week, held, 0)
        weeks += is_week
    columns = {"past_bad": bad, "past_n": exposure, "weeks": weeks}
    return columns | {"n": np.full(len(places), unit * width)} if per_minute else columns


def same_hours(grid: Grid, *, width: int, timezone: str) -> list[Counts]:
    """By weeks ago, for each index the index at which the same local hour had ended; `NEVER` where there was none.

    As `weeks.same_hour`, the first and the last cell of a window are asked for.
    """
    unit, start = int(grid.unit / MINUTE), epoch_minutes(grid.start)
    reach = int((REACH + grid.unit) / MINUTE)
    offsets = _Offsets(start - reach, start + unit * grid.count + DAY_MINUTES, ZoneInfo(timezone))
    ends = np.arange(grid.count + 1) * unit + start
    found = []
    for number in range(1, WEEKS + 1):
        first = offsets.weeks_before(ends - width * unit, number)
        last = offsets.weeks_before(ends - 1, number)
        index = (last + 1 - start) // unit
        found.append(np.where((first == NEVER) | (last == NEVER) | (index < width), NEVER, index))
    return found


class _Offsets:
    """How far a place's clock is from UTC, minute by minute."""

    def __init__(self, first: int, last: int, zone: ZoneInfo) -> None:
        self._first, self._zone = first, zone
        marks = [*range(first, last, DAY_MINUTES), last]
        self._by_minute = np.concatenate([self._between(*pair) for pair in zip(marks, marks[1:], strict=False)])

    def weeks_before(self, minutes: Counts, number: int) -> Counts:
        """The minute with the same local time, the first of two; `NEVER` where clocks skipped it."""
        local = minutes + self._of(minutes) - number * WEEK_MINUTES
        found = np.full(len(minutes), NEVER, np.int64)
        for offset in sorted(set(np.unique(self._by_minute).tolist())):
            there = local - offset  # the greatest offset is tried last and wins: it is the first of two
            found = np.where(self._of(there) == offset, there, found)
        return found

    def _of(self, minutes: Counts) -> Counts:
        return self._by_minute[np.clip(minutes - self._first, 0, len(self._by_minute) - 1)]

    def _between(self, first: int, last: int) -> Counts:
        """Of a day; a day without a change of clocks has one offset."""
        ends = self._at(first), self._at(last)
        if ends[0] == ends[1]:
            return np.full(last - first, ends[0], np.int64)
        return np.array([self._at(minute) for minute in range(first, last)], np.int64)

    def _at(self, minute: int) -> int:
        moment = datetime.fromtimestamp(minute * 60, tz=UTC).astimezone(self._zone)
        return int((moment.utcoffset() or timedelta(0)) / MINUTE)


def _usable(grid: Grid, unusual: Sequence[Span], known_since: datetime | None) -> Flags:
    """The cells outside of all that is unusual, from the first that is known of the system."""
    found = np.ones(grid.count, np.bool_)
    if known_since is None:
        return ~found
    before = (datetime.min.replace(tzinfo=UTC), known_since)
    for begins, ends in (*unusual, before):
        first = max(0, (max(begins, grid.start) - grid.start) // grid.unit)
        found[first : grid.index_of(ends)] = False
    return found


def _masked(grid: Grid, name: str, usable: Flags) -> Counts:
    """Running totals of the usable cells alone."""
    cells = np.where(usable, np.diff(grid.totals[name]), 0)
    return np.concatenate([[0], np.cumsum(cells)])
