"""Which minutes of past weeks are the same hour as a window, by a place's own clock. Pure.

People complain by their own clock, so weeks are counted in local time. When a clock change takes an hour away, its
week has no such hour and gives nothing; an hour that exists twice is compared with the single earlier one. Minutes
inside excluded stretches (confirmed incidents, silent sources) and before anything was known are left out, and a
week of which less than half is left is no week.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
WEEKS = 4
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def past_weeks(
    end: datetime,
    window: timedelta,
    timezone: str,
    *,
    excluded: Sequence[Span] = (),
    known_since: datetime | None = None,
) -> list[list[Span]]:
    """The usable stretches of each usable week, the latest first. `end` is the end of the present window."""
    if known_since is None:
        return []
    found = []
    for number in range(1, WEEKS + 1):
        span = same_hour(end, window, ZoneInfo(timezone), weeks_ago=number)
        if span is None:
            continue
        left = without([span], [*excluded, (datetime.min.replace(tzinfo=UTC), known_since)])
        if 2 * length(left) >= window:
            found.append(left)
    return found


def same_hour(end: datetime, window: timedelta, zone: ZoneInfo, *, weeks_ago: int) -> Span | None:
    """The window of the same length that ended at the same local time so many weeks ago; None if it did not exist.

    Its first and its last minute are asked for, because the end itself belongs to the next hour.
    """
    first, last = (_same_minute(moment, zone, weeks_ago=weeks_ago) for moment in (end - window, end - MINUTE))
    return None if first is None or last is None else (last + MINUTE - window, last + MINUTE)


def without(spans: Sequence[Span], excluded: Sequence[Span]) -> list[Span]:
    """What is left of the spans, in whole minutes."""
    left = list(spans)
    for gap_start, gap_end in excluded:
        start = gap_start.replace(second=0, microsecond=0)
        left = [
            piece
            for span_start, span_end in left
            for piece in ((span_start, min(span_end, start)), (max(span_start, _next_minute(gap_end)), span_end))
            if piece[0] < piece[1]
        ]
    return left


def length(spans: Sequence[Span]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta(0))


def _same_minute(moment: datetime, zone: ZoneInfo, *, weeks_ago: int) -> datetime | None:
    """The minute with the same local time; the first one of an hour that came twice, none of one that never came."""
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    then = (local - weeks_ago * WEEK).replace(tzinfo=zone)
    found = then.astimezone(UTC)
    exists = found.astimezone(zone).replace(tzinfo=None, fold=0) == then.replace(tzinfo=None)
    return found if exists else None


def _next_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + MINUTE
