"""The same rules judged live, tick by tick through the database, and played through the past afterwards.

Signals arrive in two parts: some at once, some up to two minutes late, which is as long as every rule waits. Sources
fall silent and come back meanwhile, and the weeks before held something to compare with.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from incidents.detection.at_once import Event, judge_at_once
from incidents.detection.backtest.grid import MINUTE
from incidents.detection.backtest.looking_back import trial_of
from incidents.detection.backtest.past import read_past
from incidents.detection.backtest.playing import changes_of
from incidents.detection.backtest.stretches import Past, Stretch
from incidents.detection.choices import Metric, Mode
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.event_rules import event_rules
from incidents.detection.judging import judge_shard
from incidents.detection.opening import clear_breach, open_breach
from incidents.detection.silence import group_of
from incidents.detection.states import Transition
from incidents.detection.step import Reason
from incidents.detection.versions import ThresholdVersion
from incidents.detection.weeks import WEEK, WEEKS
from tests.incidents.detection import histories, makers
from tests.incidents.detection.test_ticks import series

DELAY_SECONDS = 120
# kind, denominator kind: what a rule may read.
SELECTORS = (("violation", "traffic"), ("evaluation", ""), ("complaint", "traffic"))
KINDS = ("a", "b", "c")
PATTERN = [{"kind": "violation", "category": name} for name in KINDS]
METRICS: Sequence[str] = ("ratio", "ratio", "count", "burn", "baseline", "baseline", "distinct", "zero_tolerance") + (
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
)
SEVERAL = ("temporal", "temporal_ordered")
Move = tuple[datetime, str, str, str]
Moves = dict[tuple[str, str], list[Move]]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many ticks were judged and how many transitions there were, live and in the back-test."""

    ticks: int
    transitions: int
    by_metric: dict[str, int]
    differing: list[tuple[ThresholdVersion, Moves, Moves]]


def compare(*, number: int, rules: int, ticks: int, metrics: Sequence[str] = METRICS) -> Compared:
    """Judge `rules` random thresholds for `ticks` minutes live, then play each and list those that differ."""
    dice = random.Random(number)
    start = dice.choice(histories.STARTS)
    for name in ("", *KINDS, "leak"):
        series("violation", name)
    versions = [_version(dice, start, place, metrics[place % len(metrics)]) for place in range(rules)]
    _pour_the_weeks_before(dice, start, ticks)
    counts, events = _arrivals(dice, start, ticks), _events(dice, start, ticks)
    silences = _silences(dice, ticks)
    watch = makers.threshold("Silence", mode=Mode.SHADOW)
    makers.version(watch, now=start - WEEK, metric=Metric.SILENCE, denominator_kind="", op="gte", limit=1)
    for tick in range(1, ticks + 1):
        at = start + tick * MINUTE
        add_to_buckets(counts.get(tick, {}), now=at)
        _leak(dice, at)
        _note(events.get(tick, []), now=at)
        with transaction.atomic():
            _fall_silent_or_return(silences.get(tick, ""), now=at)
            judge_shard(shard=0, tick_at=at, now=at)
    end = start + ticks * MINUTE
    live = _live(versions)
    differing, by_metric = [], defaultdict(int)
    for version in versions:
        moves = live.get(version.threshold_id, {})
        played = _played(version, start, end)
        by_metric[version.metric] += sum(map(len, moves.values()))
        if moves != played:
            differing.append((version, moves, played))
    return Compared(rules * ticks, sum(by_metric.values()), dict(by_metric), differing)


def _version(dice: random.Random, start: datetime, place: int, metric: str) -> ThresholdVersion:
    rule = histories.trial(dice, metric=metric)
    kind, denominator_kind = dice.choice(SELECTORS)
    terms, fields = rule.terms, {}
    if metric not in ("ratio", "count", "burn", "baseline"):
        kind, denominator_kind = "violation", ""
    if metric in ("baseline", "count") and dice.random() < 0.5:
        denominator_kind = ""
    if metric == "zero_tolerance":
        fields = {"category": "leak"}
    limit = terms.limit or 1
    if terms.warn_limit is not None and terms.warn_limit >= limit:
        terms = replace(terms, warn_limit=None)
    return makers.version(
        makers.threshold(f"Twin {place}", mode=Mode.SHADOW),
        now=start - timedelta(days=1),
        **fields,
        kind=kind,
        denominator_kind=denominator_kind,
        metric=metric,
        op=terms.op.value,
        limit=limit,
        clear_limit=min(terms.clear_limit, limit) if not terms.op.is_floor else terms.clear_limit,
        warn_limit=terms.warn_limit,
        min_samples=max(terms.min_samples, 1),
        confidence=terms.confidence.value,
        budget_ppm=terms.budget_ppm,
        floor_count=terms.floor_count,
        timezone=dice.choice(("Europe/Berlin", "UTC", "Australia/Lord_Howe")),
        value_of=dice.choice(("person", "conversation")) if metric == "distinct" else "conversation",
        group_by=dice.choice(("person", "person", "version", "")),
        pattern=PATTERN if metric in SEVERAL else [],
        window_seconds=_window(dice, metric) or rule.window_seconds,
        for_seconds=rule.for_seconds,
        keep_firing_seconds=rule.keep_firing_seconds,
        eval_delay_seconds=DELAY_SECONDS,
        no_data=rule.no_data,
    )


def _window(dice: random.Random, metric: str) -> int:
    """Long enough for what is rare; 0 where any will do."""
    return 3_600 if metric == "burn" else dice.choice((300, 900)) if metric in SEVERAL else 0


def _pour_the_weeks_before(dice: random.Random, start: datetime, ticks: int) -> None:
    """Of each week the same hours, an hour more at both ends, with holes."""
    begin, length = start - timedelta(hours=5), ticks + 7 * 60
    for kind in ("traffic", "evaluation", "violation", "complaint"):
        past = histories.history(dice, minutes=length).minutes
        of, is_rare = series(kind, "").pk, kind in ("violation", "complaint")
        for weeks in range(1, WEEKS + 1):
            turned = past[weeks * 61 :] + past[: weeks * 61]
            deltas = {
                (of, begin - weeks * WEEK + minute * MINUTE): Delta(
                    n=bad if is_rare else n, bad=0 if is_rare else bad, n_raw=raw
                )
                for minute, (bad, n, raw) in enumerate(turned)
                if (bad if is_rare else n)
            }
            add_to_buckets(deltas, now=begin - weeks * WEEK)


def _arrivals(dice: random.Random, start: datetime, ticks: int) -> dict[int, dict[tuple[int, datetime], Delta]]:
    """By the tick before which they arrive, what is added to which series and minute."""
    arrivals: dict[int, dict[tuple[int, datetime], Delta]] = {}
    pasts = {
        kind: histories.history(dice, minutes=ticks) for kind in ("traffic", "evaluation", "violation", "complaint")
    }
    for kind, past in pasts.items():
        of = series(kind, "").pk
        is_rare = kind in ("violation", "complaint")
        for minute, (bad, n, raw) in enumerate(past.minutes):
            for part, late in ((0.7, 0), (0.3, dice.randint(1, 2))):
                counts = (bad, 0, bad) if is_rare else (n, bad, raw)
                if minute == 0:
                    counts = (1, 0, 1)  # a past begins with its first signal
                split = [int(count * part) if not late else count - int(count * 0.7) for count in counts]
                if any(split):
                    key = (of, start + minute * MINUTE)
                    delta = Delta(n=split[0], bad=split[1], n_raw=split[2])
                    arrivals.setdefault(minute + 1 + late, {})[key] = delta
    return arrivals


Row = tuple[int, datetime, bytes | None, bytes | None, int]


def _events(dice: random.Random, start: datetime, ticks: int) -> dict[int, list[Row]]:
    """By the tick before which they arrive, single events: many moments are the same, many people unknown."""
    arrivals: dict[int, list[Row]] = {}
    ids = {name: series("violation", name) for name in KINDS}
    for name, of in ids.items():
        of.labels = {"version.model": f"model-{name}"} if name != "c" else {}
        of.save()
    for minute in range(ticks):
        for _ in range(dice.choice((0, 0, 1, 2, 5))):
            ts = start + minute * MINUTE + timedelta(seconds=dice.choice((0, 7, 30, 59)))
            who, where = dice.choice((None, b"p", b"q", b"r")), dice.choice((None, b"x", b"y", b"z"))
            row = (ids[dice.choice(KINDS)].pk, ts, who, where, dice.choice((1, 1, 3)))
            arrivals.setdefault(minute + 1 + dice.choice((0, 0, 1, 2)), []).append(row)
    return arrivals


def _note(rows: Sequence[Row], *, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO incidents_occurrence VALUES (%s, %s, %s, %s, %s, %s)", [(*r, now) for r in rows]
        )


def _leak(dice: random.Random, at: datetime) -> None:
    """Now and then a single event of zero tolerance, taken within its minute."""
    if dice.random() < 0.85:
        return
    of = series("violation", "leak")
    with transaction.atomic():
        add_to_buckets({(of.pk, at - MINUTE): Delta(n=2, n_raw=2)}, now=at)
        event = Event(of.system_id, "violation", "leak", at - MINUTE, 2)
        judge_at_once([event], event_rules([of.system_id], now=at), now=at)


def _silences(dice: random.Random, ticks: int) -> dict[int, str]:
    found, tick = {}, dice.randint(3, 9)
    while tick < ticks:
        found[tick] = "silent"
        tick += dice.choice((1, 2, 5, 20))
        found[tick] = "back"
        tick += dice.choice((3, 30, 90))
    return found


def _fall_silent_or_return(word: str, *, now: datetime) -> None:
    if not word:
        return
    gateway = series("traffic").source
    version = ThresholdVersion.objects.get(metric=Metric.SILENCE)
    if word == "silent":
        open_breach(version, group_key=group_of(gateway), since=now, now=now, bad=1, n=1, headline="Silent.")
    else:
        clear_breach(version.threshold_id, group_key=group_of(gateway), reason=Reason.DATA_RETURNED, at=now, now=now)


def _live(versions: Sequence[ThresholdVersion]) -> dict[int, Moves]:
    found: dict[int, Moves] = {}
    rows = Transition.objects.filter(threshold__in=[version.threshold_id for version in versions])
    for row in rows.order_by("pk"):
        move = (row.judged_to, row.status_before, row.status_after, row.reason)
        found.setdefault(row.threshold_id, {}).setdefault((row.band, row.group_key), []).append(move)
    return found


def _played(version: ThresholdVersion, start: datetime, end: datetime) -> Moves:
    """From the window that the first tick judged to that of the last one."""
    past = read_past(version, days=2, now=end)
    assert len(past.stretches) == 1
    waits = 0 if version.metric == "zero_tolerance" else DELAY_SECONDS
    past = _beginning(past, start + MINUTE - timedelta(seconds=waits))
    assert past.late == 0
    trial = trial_of(version)
    return {
        (of.band, key): [(each.at, each.before.value, each.after.value, each.reason.value) for each in changes]
        for of in (trial, trial.warned)
        if of is not None
        for key, changes in changes_of(of, past).items()
    }


def _beginning(past: Past, at: datetime) -> Past:
    grid = past.stretches[0].grid
    first = grid.index_of(at)
    groups = past.groups and replace(past.groups, first=first)
    return replace(past, stretches=[Stretch(grid, first)], groups=groups)
