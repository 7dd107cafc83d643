"""The geometry of a threshold's chart: points to SVG coordinates. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 180, 56, 12, 24


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws: pieces of the line, the limit, and where the words stand."""

    lines: tuple[str, ...]
    limit_y: float
    top_value: float
    warn_y: float | None = None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    top_y: int = TOP
    base_y: int = HEIGHT - BOTTOM


def draw(values: Sequence[float | None], limit: float, *, warn: float | None = None) -> Chart:
    """Scale values to the chart; gaps stay gaps. Both lines and nothing are always inside."""
    known = [value for value in values if value is not None]
    lines = [limit] if warn is None else [limit, warn]
    top = max([limit * 1.25, *known, *lines, 1.0])
    low = min([0.0, *known, *lines])

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (top - low) * (HEIGHT - BOTTOM - TOP), 1)

    step = (WIDTH - LEFT) / max(len(values) - 1, 1)
    pieces: list[list[str]] = [[]]
    for place, value in enumerate(values):
        if value is not None:
            pieces[-1].append(f"{LEFT + place * step:.1f},{y(value)}")
        elif pieces[-1]:
            pieces.append([])
    pieces_drawn = tuple(" ".join(_visible(piece)) for piece in pieces if piece)
    return Chart(lines=pieces_drawn, limit_y=y(limit), top_value=top, warn_y=None if warn is None else y(warn))


def place_of(moment: datetime, start: datetime, end: datetime) -> float:
    """Where a moment between the first and the last point of a chart stands, from the left."""
    share = (moment - start) / (end - start) if end > start else 1.0
    return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT), 1)


def _visible(piece: list[str]) -> list[str]:
    """A single point is drawn as a line of no length, which a round line cap makes a dot."""
    return piece * 2 if len(piece) == 1 else piece
