"""The geometry of a row of bars: counts to rectangles of an SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, TOP, BOTTOM = 720, 120, 16, 20
GAP = 2


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Bars:
    """What the template draws; a count of zero has no bar."""

    bars: tuple[Bar, ...]
    width: int = WIDTH
    height: int = HEIGHT
    base_y: int = HEIGHT - BOTTOM


def draw(counts: Sequence[int]) -> Bars:
    """Scale the counts so that the highest fills the height; what is not zero is seen."""
    top = max([*counts, 1])
    step = WIDTH / max(len(counts), 1)
    room = HEIGHT - TOP - BOTTOM
    found = []
    for place, count in enumerate(counts):
        if count:
            height = max(1.0, round(count / top * room, 1))
            found.append(Bar(round(place * step, 1), round(HEIGHT - BOTTOM - height, 1), round(step - GAP, 1), height))
    return Bars(bars=tuple(found))
