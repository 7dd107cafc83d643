"""The geometry of a back-test's pictures: values with shaded episodes, and the curve of the limit. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from incidents.detection import chart
from incidents.detection.backtest.grid import Sizes
from incidents.detection.backtest.measure import Measure
from incidents.detection.backtest.outcome import Outcome

POINTS = 240
HIGHEST = 4  # times the limit: what lies above is cut off, or a single spike would flatten all else
WARN_HEIGHT = 20
WARN_TOP = chart.HEIGHT - chart.BOTTOM - WARN_HEIGHT
CURVE_WIDTH, CURVE_HEIGHT, CURVE_LEFT, CURVE_BASE, CURVE_TOP = 720, 140, 56, 112, 16


@dataclass(frozen=True, slots=True)
class Band:
    """An episode: from x on, so wide."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A confirmed incident."""

    x: float
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the template draws over the chart of the values."""

    chart: chart.Chart
    bands: Sequence[Band]
    warn_bands: Sequence[Band]
    marks: Sequence[Mark]
    highest: float | None
    cut_at: float
    # Warnings stand on the base line, so that both can be seen where both fired.
    warn_top: int = WARN_TOP
    warn_height: int = WARN_HEIGHT


@dataclass(frozen=True, slots=True)
class Curve:
    """Breaches a week by limit: a line, its points, and where the present limit stands."""

    line: str
    points: Sequence[tuple[float, float]]
    now_x: float
    most: float
    width: int = CURVE_WIDTH
    height: int = CURVE_HEIGHT
    left: int = CURVE_LEFT
    base_y: int = CURVE_BASE
    top_y: int = CURVE_TOP


def draw(outcome: Outcome, warned: Outcome | None = None) -> Drawing:
    """The highest value (for a floor the lowest) of each stretch of time, the limits, and what fired or warned."""
    terms, past = outcome.trial.terms, outcome.past
    start, end = past.begins_at or past.asked_from, past.end
    values = _extremes(outcome, start, end)
    known = values[~np.isnan(values)]
    cut_at = float(max(abs(terms.limit) * HIGHEST, 1))
    shown = [None if np.isnan(value) else min(max(float(value), 0.0), cut_at) for value in values]
    return Drawing(
        chart=chart.draw(
            shown, float(terms.limit), warn=float(terms.warn_limit) if warned and terms.warn_limit else None
        ),
        bands=[_band(each.fired_at, each.ended_at or end, start, end) for each in outcome.episodes],
        warn_bands=[
            _band(each.fired_at, each.ended_at or end, start, end) for each in (warned.episodes if warned else ())
        ],
        marks=[Mark(_x(match.known.started_at, start, end), match.fired_at is not None) for match in outcome.matches],
        highest=float(known.min() if terms.op.is_floor else known.max()) if len(known) else None,
        cut_at=cut_at,
    )


def draw_curve(points: Sequence[tuple[int, float]]) -> Curve:
    """From (percent of change, breaches a week)."""
    most = max([1.0, *(per_week for _percent, per_week in points)])
    places = [
        (_curve_x(percent), round(CURVE_BASE - per_week / most * (CURVE_BASE - CURVE_TOP), 1))
        for percent, per_week in points
    ]
    line = " ".join(f"{x},{y}" for x, y in places)
    return Curve(line=line, points=places, now_x=_curve_x(0), most=most)


def _curve_x(percent: int) -> float:
    return round(CURVE_LEFT + (percent + 50) / 100 * (CURVE_WIDTH - CURVE_LEFT - 16), 1)


def _extremes(outcome: Outcome, start: datetime, end: datetime) -> Sizes:
    """One value for each point of the picture; NaN where nothing could be judged."""
    fills = np.fmin if outcome.trial.terms.op.is_floor else np.fmax
    found = np.full(POINTS, np.nan)
    for stretch in outcome.past.stretches:
        grid, values = stretch.grid, Measure.of(outcome.trial, stretch.grid).values()
        judged = np.arange(stretch.first, grid.count + 1)
        seconds = (grid.start - start).total_seconds() + judged * grid.unit.total_seconds()
        places = np.clip((seconds / max((end - start).total_seconds(), 1) * POINTS).astype(np.int64), 0, POINTS - 1)
        with np.errstate(invalid="ignore"):
            fills.at(found, places, values[judged])
    return found


def _x(moment: datetime, start: datetime, end: datetime) -> float:
    share = (moment - start) / (end - start) if end > start else 0.0
    return round(chart.LEFT + min(max(share, 0.0), 1.0) * (chart.WIDTH - chart.LEFT), 1)


def _band(begins: datetime, ends: datetime, start: datetime, end: datetime) -> Band:
    x = _x(begins, start, end)
    return Band(x, round(max(_x(ends, start, end) - x, 2.0), 1))
