"""How moments and spans are written: short, with the person's zone, the same words as static/js/clock.js."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe

RECENT = timedelta(hours=24)
SOON = timedelta(minutes=15)  # a promise this near is at risk
YEARS = range(1900, 9000)  # that somebody can mean, and every zone can tell
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def read(text: str) -> datetime | None:
    """A moment that an address names, in the person's own zone where it names none; None where none can be meant."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None or found.year not in YEARS:
        return None
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def span(seconds: float) -> str:
    """A length of time in one unit, or two where the second matters: 40 s, 12 min, 3 h 05 min, 2 d 4 h."""
    whole = int(abs(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        hours, rest = divmod(whole, _HOUR)
        return f"{hours} h {rest // _MINUTE:02d} min"
    days, rest = divmod(whole, _DAY)
    return f"{days} d {rest // _HOUR} h" if days < 7 else f"{days} d"


def ago(moment: datetime, *, now: datetime) -> str:
    """Distance from now, in the direction it lies: just now, 4 min ago, in 12 min."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 10:
        return "just now"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(seconds)}"


def overdue(due: datetime, *, now: datetime) -> str:
    """How far a promise is missed: overdue by 3 min."""
    return f"overdue by {span((now - due).total_seconds())}"


def absolute(moment: datetime) -> str:
    """Date, time and zone as the person reads them: 12 Nov 2026, 14:02 CET."""
    return _absolute(moment, timezone.get_current_timezone())


@lru_cache(maxsize=4096)
def _absolute(moment: datetime, zone: tzinfo) -> str:
    local = timezone.localtime(moment, zone)
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def short(moment: datetime, *, now: datetime) -> str:
    """The local clock time today, with the date on other days, with the year in other years."""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if local.year == today.year:
        return f"{local.day} {local:%b, %H:%M}"
    return f"{local.day} {local:%b %Y}"


@lru_cache(maxsize=4096)
def utc(moment: datetime) -> str:
    """For comparing with graphs and logs: 2026-11-12 13:02:09 UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@lru_cache(maxsize=4096)
def machine(moment: datetime) -> str:
    """The value of a `datetime` attribute."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def element(at: datetime, text: str, *, tick: str = "", is_late: bool = False) -> SafeString:
    """A moment in a page: our words, the whole moment in both zones on hover, and how it ticks in the browser."""
    late, ticking = (' class="late"' if is_late else ""), (f' data-tick="{tick}"' if tick else "")
    return mark_safe(  # noqa: S308 - built from a datetime
        f'<time{late} datetime="{machine(at)}" title="{absolute(at)} · {utc(at)}" data-utc="{utc(at)}"{ticking}>'
        f"{text}</time>"
    )
