"""How many different ones each window holds: people or conversations once, what has no name each time. Pure."""

from collections.abc import Mapping

import numpy as np

from incidents.detection.backtest.events import FAR, MINUTE_MICROS, NOBODY, Events
from incidents.detection.backtest.grid import Counts, Totals


def distinct_columns(
    events: Events, *, count: int, width: int, from_index: Counts | None = None
) -> Mapping[str, Totals]:
    """`bad` and `n` of each index: all that are different, and those of them without a name.

    An event counts for `width` indexes after its minute, with `from_index` only from that one on. `once` says who.
    """
    minutes = events.at // MINUTE_MICROS
    begins, ends = minutes + 1, minutes + width
    if from_index is not None:
        begins = np.maximum(begins, from_index)
    is_known, is_named = begins <= ends, events.once != NOBODY
    unnamed = _covered(begins, ends, np.where(is_known & ~is_named, events.n, 0), count)
    named = np.flatnonzero(is_known & is_named)
    order = named[np.lexsort((begins[named], events.once[named]))]
    once, begins, ends = events.once[order], begins[order], ends[order]
    # Of one person, a window begins where the earlier ones have not reached yet.
    reached = np.maximum.accumulate(once * FAR + ends) - once * FAR if len(once) else ends
    is_same = np.zeros(len(once), np.bool_)
    is_same[1:] = once[1:] == once[:-1]
    begins[1:] = np.where(is_same[1:], np.maximum(begins[1:], reached[:-1] + 1), begins[1:])
    bad = unnamed + _covered(begins, ends, (begins <= ends).astype(np.int64), count)
    return {"bad": bad, "n": unnamed}


def _covered(begins: Counts, ends: Counts, weights: Counts, count: int) -> Counts:
    """The sum of the weights of those that cover each index."""
    changes = np.zeros(count + 2, np.int64)
    kept = (weights > 0) & (begins <= count)
    np.add.at(changes, begins[kept], weights[kept])
    np.add.at(changes, np.minimum(ends[kept], count) + 1, -weights[kept])
    found: Counts = np.cumsum(changes)[: count + 1]
    return found
