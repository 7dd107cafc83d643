"""What the replay says that was not known before: breaches that were missed, and breaches that would not be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.detection.breaches import Breach
from incidents.detection.choices import PATTERNS
from incidents.detection.late.replaying import Fired, Replayed
from incidents.detection.late.spans import MINUTE, Span
from incidents.detection.versions import ThresholdVersion


@dataclass(frozen=True, slots=True)
class Compared:
    """`missed` episodes belong to no breach. Of `shaken` breaches minutes changed; each with whether it would fire."""

    missed: Sequence[Fired]
    shaken: Sequence[tuple[Breach, bool]]


def compare(replayed: Replayed, known: Sequence[Breach], spans: Sequence[Span], *, since: datetime) -> Compared:
    """`known` are the breaches that reach into the time that was played, which began `since`."""
    missed = [fired for fired in replayed.fired if _is_touched(fired, spans) and not _is_known(fired, known)]
    shaken = [
        (breach, replayed.overlapping(breach.started_at, breach.cleared_at))
        for breach in known
        if breach.started_at >= since and _may_differ(breach, spans)
    ]
    return Compared(missed, shaken)


def _is_touched(fired: Fired, spans: Sequence[Span]) -> bool:
    """One of the windows that made it fire holds a minute that changed."""
    starts = fired.episode.started_at + MINUTE - _reach(fired.segment.version)
    return any(span.touches(starts, fired.episode.fired_at) for span in spans)


def _is_known(fired: Fired, known: Sequence[Breach]) -> bool:
    starts, ends = fired.episode.started_at, fired.episode.ended_at
    return any(
        (ends is None or breach.started_at <= ends) and (breach.cleared_at is None or breach.cleared_at >= starts)
        for breach in known
    )


def _may_differ(breach: Breach, spans: Sequence[Span]) -> bool:
    starts = breach.started_at + MINUTE - _reach(breach.version)
    return any(span.touches(starts, breach.cleared_at or breach.detected_at) for span in spans)


def _reach(version: ThresholdVersion) -> timedelta:
    """How far back a window looks: that of a pattern ends with an event in it, and reaches back from there."""
    return timedelta(seconds=version.window_seconds * (2 if version.metric in PATTERNS else 1))
