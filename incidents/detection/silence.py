"""A source that was heard and went silent is a breach of its own: no data is not good news.

Its open breach ends by itself when the source sends again. A source that never sent anything is only shown as such.
Silence counts from when somebody watched and could have heard: after a pause of the watch or of the web processes,
every source has three intervals to be heard again. While nothing can be heard, nothing is asked (`hearing.py`).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.detection import wording
from incidents.detection.breaches import Breach
from incidents.detection.choices import JUDGED, Metric
from incidents.detection.hearing import listen
from incidents.detection.opening import clear_breach, open_breach
from incidents.detection.sources import SignalSource, SourceState
from incidents.detection.standing import standing_version
from incidents.detection.step import Reason
from incidents.detection.upkeep import Upkeep
from incidents.systems.models import AISystem

DUTY = "watch_sources"
LONGEST_PAUSE = timedelta(minutes=3)
MOST_AT_ONCE = 500
PREFIX = "source:"
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@transaction.atomic
def watch(*, now: datetime) -> int:
    """Open a breach for each source that went silent and end those of sources that are heard; returns how many."""
    hearing = listen(now=now)
    duty = Upkeep.begin(DUTY, now=now, longest_pause=LONGEST_PAUSE)
    ended = sum(_end(breach, now=now) for breach in open_silences())
    opened = 0 if hearing.is_deaf else _ask(since=max(duty.unbroken_since, hearing.since or LONG_AGO), now=now)
    duty.note(opened=opened, ended=ended)
    return opened + ended


def _ask(*, since: datetime, now: datetime) -> int:
    """Open what went silent after `since`; returns how many."""
    silent = SignalSource.objects.silent(now=now, watched_since=since)[:MOST_AT_ONCE]
    return sum(_open(source, system, now=now) for source in silent for system in systems_of(source))


def open_silences() -> Iterable[Breach]:
    """Open breaches of silent sources, of whatever system."""
    found = Breach.objects.open().filter(version__metric=Metric.SILENCE, group_key__startswith=PREFIX)
    return found.select_related("threshold__system", "version").order_by("pk")


def group_of(source: SignalSource) -> str:
    return f"{PREFIX}{source.pk}"


def systems_of(source: SignalSource) -> list[AISystem]:
    """Who misses its signals: its system, or for a source of all systems those that it has reported on."""
    if source.system is not None:
        return [] if source.system.retired_at else [source.system]
    return list(AISystem.objects.filter(retired_at__isnull=True, series__source=source).distinct().order_by("pk"))


def _open(source: SignalSource, system: AISystem, *, now: datetime) -> bool:
    group = group_of(source)
    if Breach.objects.open().filter(threshold__system=system, group_key=group).exists():
        return False
    version = standing_version(system, Metric.SILENCE, now=now)
    if version is None:
        return False
    heard_at = source.activity.last_seen_at or now
    open_breach(
        version,
        group_key=group,
        since=heard_at,
        now=now,
        bad=int((now - heard_at).total_seconds()),
        n=int(source.silence_limit.total_seconds()),
        headline=_headline(source, heard_at, now=now),
    )
    return True


def _headline(source: SignalSource, heard_at: datetime, *, now: datetime) -> str:
    return _("No signal from %(source)s for %(silence)s; at least one every %(interval)s is expected") % {
        "source": source.name,
        "silence": wording.rough_duration(int((now - heard_at).total_seconds())),
        "interval": wording.duration(source.expected_interval_seconds),
    }


def _end(breach: Breach, *, now: datetime) -> bool:
    """End a silence that is over, or that nobody watches any more."""
    source = SignalSource.objects.select_related("activity").filter(pk=breach.group_key.removeprefix(PREFIX)).first()
    if source is None or not _is_expected(source) or _is_unwatched(breach):
        reason, at = Reason.WITHDRAWN, now
    elif not source.is_silent(now=now):
        reason, at = Reason.DATA_RETURNED, source.activity.last_seen_at or now
    else:
        return False
    return clear_breach(breach.threshold_id, group_key=breach.group_key, reason=reason, at=at, now=now) is not None


def _is_expected(source: SignalSource) -> bool:
    return source.state == SourceState.ACTIVE and source.has_heartbeat


def _is_unwatched(breach: Breach) -> bool:
    return breach.threshold.mode not in JUDGED or breach.threshold.system.retired_at is not None
