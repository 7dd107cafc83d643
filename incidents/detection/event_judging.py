"""Judging thresholds of single events by the minute: different people or conversations, and patterns by group.

Each group of a pattern has a state and breaches of its own. There are at most `MOST_GROUPS` new ones at once: a
pattern that more groups show is no pattern of one, so the threshold is shown as broken and its owner hears of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import connection, transaction
from django.utils.translation import gettext as _

from incidents.detection import zero_tolerance
from incidents.detection.choices import JUDGED, PATTERNS, Band, Metric
from incidents.detection.evaluation import Evaluation, prepare
from incidents.detection.event_rules import OF_SEVERAL_KINDS
from incidents.detection.families.events import DISTINCT, MOST_GROUPS, PATTERN
from incidents.detection.measuring import Judged, Sums, Terms, default_clear, judge
from incidents.detection.states import ThresholdState
from incidents.detection.statistics import Op
from incidents.detection.step import Finding, Reason, Status, Truth


@dataclass(frozen=True, slots=True)
class Row:
    """What one group of a threshold showed. `place` orders a threshold's groups, the standing ones first."""

    threshold_id: int
    version_id: int
    judged_to: datetime
    metric: str
    op: str
    limit: int
    clear_limit: int | None
    warn_limit: int | None
    kinds: int
    is_heard: bool
    group_key: str
    held: int
    unnamed: int
    stands: bool
    place: int
    gone: str

    @property
    def terms(self) -> Terms:
        if self.metric in OF_SEVERAL_KINDS:
            return Terms(self.metric, Op.GTE, self.kinds, self.kinds)
        op = Op(self.op)
        clear = default_clear(self.metric, op, self.limit) if self.clear_limit is None else self.clear_limit
        return Terms(self.metric, op, self.limit, clear, self.warn_limit)

    @property
    def sums(self) -> Sums:
        return Sums(bad=self.held, n=self.unnamed, is_heard=self.is_heard)


def changed(*, shard: int, tick_at: datetime) -> list[Evaluation]:
    """The thresholds and groups of a shard that may change their state at a tick."""
    found = _rows(tick_at=tick_at, shard=shard)
    by_threshold = groupby(found, key=lambda row: row.threshold_id)
    evaluations = [each for _threshold, rows in by_threshold for each in _evaluations(list(rows))]
    left = _left_behind({(row.threshold_id, row.group_key) for row in found}, shard=shard, tick_at=tick_at)
    return evaluations + left + zero_tolerance.standing(shard=shard, tick_at=tick_at)


def _left_behind(judged: set[tuple[int, str]], *, shard: int, tick_at: datetime) -> list[Evaluation]:
    """Groups of thresholds that have no groups any more, because their measure was changed: they end."""
    quiet = (Status.OK.value, Status.ARCHIVED.value)
    states = ThresholdState.objects.filter(threshold__shard=shard, threshold__mode__in=JUDGED).exclude(group_key="")
    found = states.exclude(status__in=quiet).select_related("threshold")
    ended = Judged(Finding(Truth.FALSE, is_clear=True))
    return [
        Evaluation(state.threshold_id, version.pk, tick_at, Sums(), ended, state.band, state.group_key)
        for state in found.order_by("pk")
        if (state.threshold_id, state.group_key) not in judged
        and (version := state.threshold.version_at(tick_at)) is not None
    ]


def values_now(threshold_ids: Sequence[int], *, tick_at: datetime) -> dict[int, Evaluation]:
    """What the named thresholds measure at a tick, of a pattern its strongest group: for a page of them."""
    strongest: dict[int, Row] = {}
    for row in _rows(tick_at=tick_at, only=list(threshold_ids)):
        if row.threshold_id not in strongest or row.held > strongest[row.threshold_id].held:
            strongest[row.threshold_id] = row
    return {threshold_id: _evaluation(row, Band.ACT) for threshold_id, row in strongest.items()}


def _rows(*, tick_at: datetime, shard: int = 0, only: list[int] | None = None) -> list[Row]:
    with transaction.atomic(), connection.cursor() as cursor:
        used, parameters = prepare(cursor, shard=shard, tick_at=tick_at, only=only)
        found: list[Row] = []
        for statement, metrics in ((DISTINCT, {Metric.DISTINCT}), (PATTERN, set(PATTERNS))):
            if used & metrics:
                cursor.execute(statement, parameters)
                found += [Row(*row) for row in cursor.fetchall()]
        return found


def _evaluations(rows: Sequence[Row]) -> Iterator[Evaluation]:
    """The groups of one threshold, and the threshold itself where it cannot be judged in full."""
    why = _why_broken(rows)
    kept = [row for row in rows if row.stands or row.place <= MOST_GROUPS]
    for row in kept:
        if row.group_key or not why:
            yield from (_evaluation(row, band) for band in _bands(row))
    if why:
        broken = Judged(Finding(Truth.UNKNOWN, reason=Reason.ERROR))
        first = rows[0]
        yield Evaluation(first.threshold_id, first.version_id, first.judged_to, Sums(), broken, Band.ACT, "", why)


def _why_broken(rows: Sequence[Row]) -> str:
    if rows[0].gone:
        return _("No signal of this category was ever counted: %(category)s") % {"category": rows[0].gone[:150]}
    if any(row.place > MOST_GROUPS and not row.stands for row in rows):
        return _("More than %(most)s groups match at once; only the first ones are followed.") % {"most": MOST_GROUPS}
    return ""


def _bands(row: Row) -> Iterable[str]:
    return [Band.ACT] if row.warn_limit is None or row.metric in OF_SEVERAL_KINDS else [Band.ACT, Band.WARN]


def _evaluation(row: Row, band: str) -> Evaluation:
    judged = judge(row.terms, row.sums, band=band)
    return Evaluation(row.threshold_id, row.version_id, row.judged_to, row.sums, judged, band, row.group_key)
