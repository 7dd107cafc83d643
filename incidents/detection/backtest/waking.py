"""Which windows of the past must be judged at all. Pure.

Hints say what a window surely is not: not over the limit, not clear. They may say too little, never too much. What
wakes a rule depends on where it stands: in ok what may be over, in firing what may be clear, and of a run of equal
unknowns the first and the last, because the timers that unknowns hold back move by the distance to the last one alone.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from incidents.detection.backtest.grid import Counts, Flags
from incidents.detection.step import Held, NoData, Reason, Status


@dataclass(frozen=True, slots=True)
class Hints:
    """Of each index: whether it may be over, whether it may be clear, and why it surely cannot be judged."""

    may_be_over: Flags
    may_be_clear: Flags
    unknown: Mapping[Reason, Flags]

    def of(self, reason: Reason) -> Flags:
        return self.unknown.get(reason, np.zeros(len(self.may_be_over), np.bool_))

    def where(self, is_heard: Flags) -> "Hints":
        """What a silent source leaves of them: no data, whatever was counted."""
        unknown = {reason: flags & is_heard for reason, flags in self.unknown.items()}
        unknown[Reason.NO_DATA] = self.of(Reason.NO_DATA) | ~is_heard
        return Hints(self.may_be_over & is_heard, self.may_be_clear & is_heard, unknown)


@dataclass(frozen=True, slots=True)
class Waking:
    """Which index must be judged next, by the present state."""

    from_ok: list[int]
    from_firing: list[int]
    past_run: Counts  # where the verdict is the unknown of the index before, the last one of that run; else itself
    last: int

    @classmethod
    def of(cls, hints: Hints, policy: NoData) -> "Waking":
        codes = np.zeros(len(hints.may_be_over), np.int64)
        for code, (reason, flags) in enumerate(hints.unknown.items(), start=1):
            # Missing data that count as over the limit are a verdict like any other.
            codes[flags] = 0 if reason is Reason.NO_DATA and policy is NoData.ALERT else code
        goes_on = np.concatenate([[False], (codes[1:] == codes[:-1]) & (codes[1:] != 0)])
        is_news = ~goes_on & np.logical_or.reduce([*hints.unknown.values(), codes != 0])
        return cls(
            from_ok=np.flatnonzero(hints.may_be_over | is_news).tolist(),
            from_firing=np.flatnonzero(hints.may_be_clear | is_news).tolist(),
            past_run=_run_ends(goes_on),
            last=len(codes) - 1,
        )

    def next(self, held: Held, index: int) -> int:
        """The next index to judge after the one before was judged; one beyond the last when there is none."""
        if index > self.last:
            return index
        if held.status is Status.OK:
            return self._from(self.from_ok, index)
        if held.status is Status.FIRING:
            return self._from(self.from_firing, index)
        return int(self.past_run[index])

    def _from(self, indexes: list[int], index: int) -> int:
        place = bisect_left(indexes, index)
        return indexes[place] if place < len(indexes) else self.last + 1


def _run_ends(flags: Flags) -> Counts:
    """Of each index the last one of its run of set flags; of an unset one itself."""
    own = np.arange(len(flags))
    is_end = np.concatenate([~flags[1:], [True]]) | ~flags
    ends: Counts = np.minimum.accumulate(np.where(is_end, own, len(flags))[::-1])[::-1]
    return ends
