"""Judging all thresholds of a shard with one statement per family of metrics.

A family's statement picks the version in force at the tick, adds up the window of each threshold from the covering
keys of the buckets, compares, and returns only those whose truth may change their state or whose timer runs. `judge`
says what their sums mean; `step` then decides. Families that no version uses cost nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from incidents.detection.choices import Band, Metric
from incidents.detection.families import baselines
from incidents.detection.families.burning import BURNS
from incidents.detection.families.means import MEANS
from incidents.detection.families.shares import SHARES
from incidents.detection.hearing import LONGEST_GAP
from incidents.detection.measuring import Judged, Sums, Terms, default_clear, judge
from incidents.detection.statistics import Confidence, Op
from incidents.detection.step import Finding, Truth

_STATEMENTS = {SHARES: (Metric.RATIO, Metric.COUNT), MEANS: (Metric.MEAN,), BURNS: (Metric.BURN,)}
_SUMS = 13  # where the sums of a row begin
# Which metrics there are, because a statement for nobody still costs a look at every threshold; which sources were
# known to be silent at the tick, or all of them while we were deaf, because what is not heard is missing and not zero;
# and no compiling to machine code, which costs more than it saves where plans are made for these very values.
_PREPARE = """
SELECT ARRAY(SELECT DISTINCT metric FROM incidents_thresholdversion
              WHERE %(only)s::bigint[] IS NULL OR threshold_id = ANY(%(only)s::bigint[])),
       ARRAY(SELECT substr(b.group_key, 8)::bigint FROM incidents_breach b
               JOIN incidents_thresholdversion v ON v.id = b.version_id AND v.metric = 'silence'
              WHERE b.group_key LIKE 'source:%%' AND b.detected_at <= %(tick_at)s
                AND (b.cleared_at IS NULL OR b.cleared_at >= %(tick_at)s)
              UNION
             SELECT s.id FROM incidents_signalsource s
              WHERE EXISTS (SELECT 1 FROM incidents_deafness d
                             WHERE d.began_at <= %(tick_at)s::timestamptz - %(gap)s
                               AND (d.ended_at IS NULL OR d.ended_at >= %(tick_at)s))),
       set_config('jit', 'off', true)
"""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one band of a threshold measured in one window."""

    threshold_id: int
    version_id: int
    judged_to: datetime
    sums: Sums
    judged: Judged
    band: str = Band.ACT
    group_key: str = ""
    # Why it cannot be judged, in words, where the finding says that it is broken.
    error: str = ""

    @property
    def finding(self) -> Finding:
        return self.judged.finding

    @property
    def unknown(self) -> str:
        """Why nothing could be found; empty where something was."""
        return str(self.finding.reason or "") if self.finding.truth is Truth.UNKNOWN else ""

    @property
    def key(self) -> tuple[int, str, str]:
        """The state that this may change."""
        return self.threshold_id, self.group_key, self.band


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a family's statement: an evaluation, and the verdict that let it come back."""

    evaluation: Evaluation
    unknown: str
    is_over: bool
    is_clear: bool


def changed(*, shard: int, tick_at: datetime) -> list[Evaluation]:
    """The thresholds of a shard that may change their state at a tick, or whose timers run."""
    return _evaluations(shard=shard, tick_at=tick_at)


def values_now(threshold_ids: Sequence[int], *, tick_at: datetime) -> dict[int, Evaluation]:
    """What the named thresholds measure at a tick, whatever their mode: for a page of them, never for all."""
    found = _evaluations(tick_at=tick_at, only=list(threshold_ids))
    return {evaluation.threshold_id: evaluation for evaluation in found if evaluation.band == Band.ACT}


def judged_count(*, shard: int) -> int:
    """How many thresholds of a shard are judged."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM incidents_threshold WHERE shard = %s AND (mode = 'active' OR mode = 'shadow')",
            [shard],
        )
        return int(cursor.fetchone()[0])


def tick_of(moment: datetime) -> datetime:
    """The tick that a moment belongs to: ticks are whole minutes."""
    return moment.replace(second=0, microsecond=0)


def rows(*, tick_at: datetime, shard: int = 0, only: list[int] | None = None) -> list[Row]:
    """The rows of the statements whose metrics are in use, with the verdicts that let them come back."""
    with transaction.atomic(), connection.cursor() as cursor:
        used, parameters = prepare(cursor, shard=shard, tick_at=tick_at, only=only)
        return list(_rows(cursor, used, parameters))


def _evaluations(*, tick_at: datetime, shard: int = 0, only: list[int] | None = None) -> list[Evaluation]:
    with transaction.atomic(), connection.cursor() as cursor:
        used, parameters = prepare(cursor, shard=shard, tick_at=tick_at, only=only)
        found = [row.evaluation for row in _rows(cursor, used, parameters)]
        return found + (_baselines(parameters) if Metric.BASELINE in used else [])


def prepare(cursor: Any, *, shard: int, tick_at: datetime, only: list[int] | None) -> tuple[set[str], dict[str, Any]]:
    """The metrics that any version has, and what every statement asks for."""
    parameters: dict[str, Any] = {"shard": shard, "tick_at": tick_at, "only": only, "gap": LONGEST_GAP}
    cursor.execute(_PREPARE, parameters)
    used, silent, _jit = cursor.fetchone()
    return set(used), parameters | {"silent": silent}


def _rows(cursor: Any, used: set[str], parameters: dict[str, Any]) -> Iterator[Row]:
    for statement, metrics in _STATEMENTS.items():
        if used.intersection(metrics):
            cursor.execute(statement, parameters)
            yield from [_row(row) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> Row:
    threshold_id, version_id, judged_to, band, metric, op, limit, clear, warn, least, sure, budget, floor = row[:_SUMS]
    *counts, is_heard, unknown, is_over, is_clear = row[_SUMS:]
    terms = _terms(metric, op, limit, clear, warn, least, sure, budget, floor)
    sums = Sums(
        bad=counts[0],
        n=counts[1],
        n_raw=counts[2],
        value_n=counts[3],
        value_sum=float(counts[4]),
        value_sumsq=float(counts[5]),
        short_bad=counts[6],
        short_n=counts[7],
        short_raw=counts[8],
        is_heard=is_heard,
    )
    found = Evaluation(threshold_id, version_id, judged_to, sums, judge(terms, sums, band=band), band)
    return Row(found, unknown, is_over, is_clear)


def _terms(
    metric: str,
    op: str,
    limit: int,
    clear: int | None,
    warn: int | None,
    least: int,
    sure: str,
    budget: int,
    floor: int,
) -> Terms:
    side = Op(op)
    return Terms(
        metric=metric,
        op=side,
        limit=limit,
        clear_limit=default_clear(metric, side, limit) if clear is None else clear,
        warn_limit=warn,
        min_samples=least,
        confidence=Confidence(sure),
        budget_ppm=budget,
        floor_count=floor,
    )


def _baselines(parameters: dict[str, Any]) -> list[Evaluation]:
    presents = baselines.presents(parameters)
    pasts = baselines.pasts(presents)
    return [
        evaluation
        for present in presents
        for evaluation in _bands_of(present, pasts.get(present.threshold_id, baselines.Past()))
    ]


def _bands_of(present: baselines.Present, past: baselines.Past) -> list[Evaluation]:
    terms, sums = present.terms, present.sums(past)
    bands = [Band.ACT] if terms.warn_limit is None else [Band.ACT, Band.WARN]
    return [
        Evaluation(
            present.threshold_id,
            present.version_id,
            present.judged_to,
            sums,
            judge(terms, sums, band=band),
            band,
        )
        for band in bands
    ]
