"""Reading the single events of the past, for rules that look at people, conversations and patterns.

One statement brings them as one value of equal pieces, as `past` does. Who it was stays a hash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from incidents.detection.backtest.distinct import distinct_columns
from incidents.detection.backtest.events import (
    MINUTE_MICROS,
    NOBODY,
    Events,
    held_in_order,
    held_together,
    in_order,
)
from incidents.detection.backtest.grid import EPOCH, MICRO, MINUTE, Counts, Flags, Grid
from incidents.detection.backtest.groups import Groups
from incidents.detection.backtest.silent import Selector, heard, quiet_sources
from incidents.detection.backtest.stretches import Past, Stretch
from incidents.detection.backtest.tracks import Clock, silences_of
from incidents.detection.backtest.what_was_known import groups_then
from incidents.detection.choices import PATTERNS, GroupBy, Metric, ValueOf
from incidents.detection.evaluation import tick_of
from incidents.detection.event_rules import OF_SEVERAL_KINDS
from incidents.detection.families.baselines import known_since
from incidents.detection.parsers.signals import COUNTED_KINDS
from incidents.detection.retention import KEEP_EVENTS
from incidents.detection.versions import ThresholdVersion

OF_EVENTS = (Metric.DISTINCT, *PATTERNS)
HAS_PERSON, HAS_CONVERSATION = 1, 2
_ROW = np.dtype(
    [("label", ">i2"), ("series", ">i8"), ("at", ">i8"), ("received", ">i8"), ("n", ">i4"), ("has", ">i2")]
    + [("person", "S16"), ("conversation", "S16")]
)
_SQL = r"""
SELECT string_agg(int2send(c.label::int2) || int8send(s.id) || int8send((extract(epoch FROM o.ts) * 1000000)::bigint)
       || int8send((extract(epoch FROM o.received_at) * 1000000)::bigint) || int4send(o.n)
       || int2send((CASE WHEN o.person IS NULL THEN 0 ELSE 1 END
                    + CASE WHEN o.conversation IS NULL THEN 0 ELSE 2 END)::int2)
       || substring(coalesce(o.person, '') || '\x00000000000000000000000000000000'::bytea FROM 1 FOR 16)
       || substring(coalesce(o.conversation, '') || '\x00000000000000000000000000000000'::bytea FROM 1 FOR 16),
       ''::bytea)
  FROM unnest(%s::int[], %s::text[], %s::text[]) AS c(label, kind, category)
  JOIN incidents_signalseries s ON s.system_id = %s AND s.kind = c.kind AND (c.category = '' OR s.category = c.category)
  JOIN incidents_occurrence o ON o.series_id = s.id AND o.ts >= %s AND o.ts < %s
"""
_MODELS = "SELECT id, left(labels->>'version.model', 240) FROM incidents_signalseries WHERE system_id = %s"


def read_event_past(version: ThresholdVersion, *, days: int, now: datetime) -> Past:
    """The last `days` days of single events as a version would see them, as far back as events are kept."""
    end = tick_of(now) - timedelta(seconds=version.eval_delay_seconds)
    start = end - timedelta(days=days)
    kept_from = tick_of(now - KEEP_EVENTS) + MINUTE
    return _read(version, asked_from=start, judged_from=min(max(start, kept_from + _lead(version)), end), end=end)


def read_events(version: ThresholdVersion, *, judged_from: datetime, end: datetime) -> Stretch | None:
    """What the windows that end in a stretch of time hold; None where nothing is known of it."""
    past = _read(version, asked_from=judged_from, judged_from=judged_from, end=end)
    return past.stretches[0] if past.stretches else None


def _read(version: ThresholdVersion, *, asked_from: datetime, judged_from: datetime, end: datetime) -> Past:
    read_from = judged_from - _lead(version)
    chosen = selectors_of(version)
    rows = _rows(version.threshold.system_id, chosen, read_from, end)
    begins_at = _begins_at(version, chosen, rows, judged_from)
    received_to = datetime.fromtimestamp(int(rows["received"].max()) / 1_000_000, tz=end.tzinfo) if len(rows) else None
    past = Past([], asked_from, begins_at, judged_from, end, received_to, is_cut=judged_from > asked_from)
    if begins_at is None or begins_at >= end:
        return past
    grid = _grid(rows, read_from, end)
    first = max(1, grid.index_of(max(judged_from, begins_at + MINUTE)))
    sources = quiet_sources(version.threshold.system_id, chosen, since=judged_from)
    is_heard = heard(sources, grid, delay_seconds=version.eval_delay_seconds)
    return _filled(past, version, rows, grid=grid, first=first, is_heard=is_heard)


def _lead(version: ThresholdVersion) -> timedelta:
    """How far back the first window looks: that of a pattern ends with an event in it, and reaches back from there."""
    return timedelta(seconds=version.window_seconds * (1 if version.metric == Metric.DISTINCT else 2))


def selectors_of(version: ThresholdVersion) -> list[Selector]:
    """The kinds that a version reads, of a pattern of several all of them in order."""
    if version.metric in OF_SEVERAL_KINDS:
        return [(part["kind"], part.get("category", "")) for part in version.pattern]
    return [(version.kind, version.category)]


def _rows(system_id: int, chosen: Sequence[Selector], start: datetime, end: datetime) -> NDArray[Any]:
    labels, kinds, categories = zip(*((place, *each) for place, each in enumerate(chosen)), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(labels), list(kinds), list(categories), system_id, start, end])
        return np.frombuffer(cursor.fetchone()[0] or b"", dtype=_ROW)


def _begins_at(
    version: ThresholdVersion, chosen: Sequence[Selector], rows: NDArray[Any], judged_from: datetime
) -> datetime | None:
    """When events began to be kept: violations and complaints with the first signal, others once a rule read them."""
    if all(kind in COUNTED_KINDS for kind, _category in chosen):
        since = known_since(version.threshold.system_id)
        return None if since is None else max(since, judged_from)
    if not len(rows):
        return None
    first = EPOCH + int(rows["at"].min()) * MICRO
    return max(first.replace(second=0, microsecond=0), judged_from)


def _grid(rows: NDArray[Any], start: datetime, end: datetime) -> Grid:
    """How many events there were in each minute."""
    count = (end - start) // MINUTE
    cells = np.zeros(count, np.int64)
    np.add.at(cells, _since(rows["at"], start) // MINUTE_MICROS, rows["n"])
    return Grid.of(start, MINUTE, {"bad": cells})


def _filled(
    past: Past, version: ThresholdVersion, rows: NDArray[Any], *, grid: Grid, first: int, is_heard: Flags | None
) -> Past:
    """With what the windows hold, now and as far as it was known at the time."""
    groups_by, keys = _groups(version, rows)
    events = Events(
        group=groups_by,
        once=_once(version, rows),
        label=rows["label"].astype(np.int64),
        at=_since(rows["at"], grid.start),
        n=rows["n"].astype(np.int64),
        received=_since(rows["received"], grid.start),
    )
    lag = version.eval_delay_seconds * 1_000_000
    known = -((lag - events.received) // MINUTE_MICROS)  # the first index whose tick came after the event
    late = known > events.at // MINUTE_MICROS + 1
    silence = {} if is_heard is None else {"is_heard": is_heard}
    past = replace(past, late=int(np.count_nonzero(late)))
    width = version.window_seconds // 60
    if version.metric == Metric.DISTINCT:
        columns = {**distinct_columns(events, count=grid.count, width=width), **silence}
        then = {**distinct_columns(events, count=grid.count, width=width, from_index=known), **silence}
        stretches = [Stretch(grid.holding(columns), first)]
        return replace(past, stretches=stretches, then=[Stretch(grid.holding(then), first)] if late.any() else ())
    order = in_order(events)
    groups = Groups.of(
        order,
        _held(version, order),
        keys=keys,
        clock=Clock(grid.start, grid.count),
        first=first,
        width=width,
        silences=silences_of(is_heard),
    )
    stretches = [Stretch(grid.holding({"bad": groups.strongest()} | silence), first)]
    past = replace(past, stretches=stretches, groups=groups)
    if not late.any():
        return past
    then_groups = groups_then(groups, order, held=lambda known: _held(version, known), lag=lag)
    return replace(past, then=stretches, then_groups=then_groups)


def _held(version: ThresholdVersion, events: Events) -> Counts:
    span = version.window_seconds * 1_000_000
    if version.metric == Metric.TEMPORAL_ORDERED:
        return held_in_order(events, span, len(version.pattern))
    return held_together(events, span)


def _since(moments: NDArray[Any], start: datetime) -> Counts:
    return moments.astype(np.int64) - (start - EPOCH) // MICRO


def _once(version: ThresholdVersion, rows: NDArray[Any]) -> Counts:
    """What is counted once: a kind of a pattern, a person, a conversation, or nothing."""
    match version.metric:
        case Metric.TEMPORAL:
            return rows["label"].astype(np.int64)
        case Metric.DISTINCT | Metric.VALUE_COUNT:
            name, flag = ("conversation", HAS_CONVERSATION)
            if version.value_of != ValueOf.CONVERSATION:
                name, flag = ("person", HAS_PERSON)
            return _numbered(rows, name, flag)[0]
        case _:
            return np.full(len(rows), NOBODY, np.int64)


def _groups(version: ThresholdVersion, rows: NDArray[Any]) -> tuple[Counts, Mapping[int, str]]:
    """Whose each event is, as a number, and the key that the tick gives to each group."""
    match version.group_by if version.metric != Metric.DISTINCT else "":
        case GroupBy.PERSON:
            numbers, names = _numbered(rows, "person", HAS_PERSON)
            return numbers, {place: f"person:{name.hex()}" for place, name in enumerate(names)}
        case GroupBy.CONVERSATION:
            numbers, names = _numbered(rows, "conversation", HAS_CONVERSATION)
            return numbers, {place: f"conversation:{name.hex()}" for place, name in enumerate(names)}
        case GroupBy.VERSION:
            return _by_model(version.threshold.system_id, rows)
        case _:
            return np.zeros(len(rows), np.int64), {0: ""}


def _numbered(rows: NDArray[Any], name: str, flag: int) -> tuple[Counts, list[bytes]]:
    names, numbers = np.unique(rows[name], return_inverse=True)
    return np.where(rows["has"] & flag, numbers, NOBODY).astype(np.int64), names.tolist()


def _by_model(system_id: int, rows: NDArray[Any]) -> tuple[Counts, Mapping[int, str]]:
    """By the model that the series of an event names; a series without one belongs to no group."""
    with connection.cursor() as cursor:
        cursor.execute(_MODELS, [system_id])
        models = {series: model for series, model in cursor.fetchall() if model is not None}
    names = sorted(set(models.values()))
    places = {name: place for place, name in enumerate(names)}
    series, inverse = np.unique(rows["series"], return_inverse=True)
    numbers = np.array([places.get(models.get(each, ""), NOBODY) for each in series.tolist()], np.int64)
    found = numbers[inverse] if len(rows) else np.zeros(0, np.int64)
    return found, {place: f"version:{name}" for name, place in places.items()}
