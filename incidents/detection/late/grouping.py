"""Patterns by person, conversation or version: each group of them is played by itself, from rest.

A group that was firing when the first minute changed fires again at once, meets its breach and is no news.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from incidents.detection.backtest.grid import MINUTE
from incidents.detection.backtest.looking_back import trial_of
from incidents.detection.backtest.past import read_past
from incidents.detection.backtest.replay import Episode, Played, play
from incidents.detection.backtest.tracks import Track
from incidents.detection.choices import PATTERNS
from incidents.detection.late.replaying import Fired, Replayed, days_of, withdraw_open
from incidents.detection.late.segments import Segment
from incidents.detection.versions import ThresholdVersion

MOST_GROUPS = 100  # as many as the tick follows


def is_by_group(version: ThresholdVersion) -> bool:
    return version.metric in PATTERNS and bool(version.group_by)


def replay_groups(segments: Sequence[Segment]) -> dict[str, Replayed]:
    """Go through the ticks of the segments, group by group. What was silent and sent its queue was heard after all."""
    plays: dict[str, Played] = {}
    found: dict[str, Replayed] = {}
    for segment in segments:
        if segment.is_judged and is_by_group(segment.version):
            _play(segment, plays, found)
            continue
        for key, played in plays.items():
            if played.held.is_breaching:
                withdraw_open(segment, played, found[key])
    for key, played in plays.items():
        found[key].changes, found[key].held = played.changes, played.held
    return found


def _play(segment: Segment, plays: dict[str, Played], found: dict[str, Replayed]) -> None:
    past = read_past(segment.version, days=days_of(segment), now=segment.last_tick)
    if past.groups is None:
        return
    groups, trial = replace(past.groups, silences=()), trial_of(segment.version)
    first = max(groups.first, -((groups.clock.start - segment.starts) // MINUTE))
    for key, track in islice(groups.tracks(trial), MOST_GROUPS):
        played, into = plays.setdefault(key, Played()), found.setdefault(key, Replayed())
        before = len(played.episodes)
        play(track, played, first=first if track.held_at(first) >= trial.least else track.next(played.held, first))
        into.window_count += max(0, groups.clock.count + 1 - first)
        into.fired += [_fired(each, segment, track, key) for each in played.episodes[before:]]


def _fired(episode: Episode, segment: Segment, track: Track, key: str) -> Fired:
    episode.group_key = key
    held = track.held_at((episode.fired_at - track.grid.start) // MINUTE)
    return Fired(episode, segment, held, 0, held)
