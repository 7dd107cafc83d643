"""Single events of the past, and how strong a pattern was at each of them. Pure.

The same as the statements in `families.events`, which a test holds them to: a window ends with an event and reaches
back by its length. What counts is added at its moment and taken back when it leaves the window or is seen again; of
kinds in order each event carries the latest beginning of a run that came this far.
"""

from dataclasses import dataclass

import numpy as np

from incidents.detection.backtest.grid import Counts, Flags

MINUTE_MICROS = 60_000_000
FAR = 1 << 44  # more microseconds than any past has, so that groups never meet
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Events:
    """By column: whose event it is (-1: nobody's, so no group's), what is counted once (-1: always), and when.

    `at` and `received` are microseconds from the start of the range; `label` is the place in a list of kinds.
    """

    group: Counts
    once: Counts
    label: Counts
    at: Counts
    n: Counts
    received: Counts

    def where(self, wanted: Flags | Counts) -> "Events":
        return Events(*(getattr(self, name)[wanted] for name in self.__slots__))

    def __len__(self) -> int:
        return len(self.at)


def in_order(events: Events) -> Events:
    """By group and moment, without those of nobody."""
    kept = events.where(events.group != NOBODY)
    return kept.where(np.lexsort((kept.at, kept.group)))


def held_together(events: Events, span: int) -> Counts:
    """What the window that ends with each event holds: different ones, and all of what has no name."""
    named = events.once != NOBODY
    weight = np.where(named, 1, events.n)
    leaves = events.at + span
    places = np.flatnonzero(named)
    order = places[np.lexsort((events.at[places], events.once[places], events.group[places]))]
    again = order[:-1], order[1:]
    is_same = (events.group[again[0]] == events.group[again[1]]) & (events.once[again[0]] == events.once[again[1]])
    leaves[again[0][is_same]] = np.minimum(leaves[again[0][is_same]], events.at[again[1][is_same]])
    now = _key(events.group, events.at)
    return _total_until(now, weight, now) - _total_until(_key(events.group, leaves), weight, now)


def held_in_order(events: Events, span: int, kinds: int) -> Counts:
    """How many kinds of the list, from the first on, stand one after the other in the window that ends there."""
    key = _key(events.group, events.at)
    before = np.searchsorted(key, key, side="left") - 1  # the last event of an earlier moment
    begun = np.where(events.label == 0, key, NOBODY)
    for label in range(1, kinds):
        latest = np.maximum.accumulate(np.where(events.label == label - 1, begun, NOBODY))
        run = np.where(before >= 0, latest[before], NOBODY)
        is_own = run >= _key(events.group, np.zeros_like(events.at))
        begun = np.where((events.label == label) & is_own, run, begun)
    has_begun = (begun != NOBODY) & (begun > key - span)
    return np.where(has_begun, events.label + 1, 0)


def _key(group: Counts, at: Counts) -> Counts:
    return group * FAR + at


def _total_until(keys: Counts, weights: Counts, until: Counts) -> Counts:
    order = np.argsort(keys, kind="stable")
    totals = np.concatenate([[0], np.cumsum(weights[order])])
    found: Counts = totals[np.searchsorted(keys[order], until, side="right")]
    return found
