"""Whether we were able to hear: a source that we could not have heard did not go silent.

Each web process leaves a sign of life in the database every few seconds; what any source sends is one, too. A longer
gap is a deafness: kept with its beginning and its end, told to admins once, and taken as missing data everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.web import times
from incidents.detection.activity import SourceActivity
from incidents.detection.upkeep import Upkeep
from incidents.response.kinds import Occasion
from incidents.response.timeline import announce

DOOR = "receive"
BEAT_EVERY = timedelta(seconds=15)
LONGEST_GAP = timedelta(seconds=90)  # six signs of life, so that an ordinary restart is none


class DeafnessQuerySet(models.QuerySet["Deafness"]):
    def open(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def since(self, moment: datetime) -> Self:
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=moment)).order_by("began_at", "pk")


class Deafness(models.Model):
    """A time in which no web process ran and nobody was heard."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[DeafnessQuerySet] = DeafnessQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"], condition=Q(ended_at__isnull=True), nulls_distinct=False, name="one_open_deafness"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("began_at")),
                name="deafness_ends_after_it_began",
            ),
        ]
        indexes = [models.Index(fields=["-ended_at"], name="deafness_latest_end")]

    def __str__(self) -> str:
        return f"deaf since {self.began_at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whether we hear now, and since when without a break; `since` is empty where there never was one."""

    is_deaf: bool
    since: datetime | None


@transaction.atomic
def beat(*, now: datetime) -> None:
    """A web process is alive and reaches the database. After a gap, the deafness ends."""
    Upkeep.objects.bulk_create([Upkeep(name=DOOR, unbroken_since=now, last_at=now)], ignore_conflicts=True)
    door = Upkeep.objects.select_for_update().get(name=DOOR)
    _listen(door, is_beat=True, now=now)
    door.last_at = max(door.last_at, now)
    door.save(update_fields=["last_at", "unbroken_since"])


@transaction.atomic
def listen(*, now: datetime) -> Hearing:
    """How it stands, for whoever judges silence. Where no web process ever left a sign, nothing is known of gaps."""
    door = Upkeep.objects.select_for_update().filter(name=DOOR).first()
    is_deaf = _listen(door, is_beat=False, now=now) if door is not None else False
    return Hearing(is_deaf, Deafness.objects.aggregate(last=Max("ended_at"))["last"])


def recent(*, now: datetime, within: timedelta) -> Deafness | None:
    """The present deafness, or the last one that ended lately: for the pages of sources."""
    return Deafness.objects.since(now - within).order_by("-began_at").first()


def deaf_spans(*, since: datetime) -> Sequence[tuple[datetime, datetime | None]]:
    """When nothing could be heard: from when it was one, to its end."""
    spans = Deafness.objects.since(since).values_list("began_at", "ended_at")
    return [(began_at + LONGEST_GAP, ended_at) for began_at, ended_at in spans]


def _listen(door: Upkeep, *, is_beat: bool, now: datetime) -> bool:
    """Begin or end a deafness by the last sign of life; returns whether we are deaf."""
    last = door.last_at if now - door.last_at <= LONGEST_GAP else _last_word(door)
    is_gap = now - last > LONGEST_GAP
    present = Deafness.objects.open().first()
    if present is not None and (is_beat or not is_gap):
        present.ended_at = max(now, present.began_at)
        present.save(update_fields=["ended_at"])
        door.unbroken_since = now
    elif is_gap and is_beat:
        Deafness.objects.create(began_at=last, ended_at=now)
        door.unbroken_since = now
    elif is_gap and present is None:
        Deafness.objects.create(began_at=last)
        title = _("Nothing has been received from anybody since %(when)s") % {"when": times.absolute(last)}
        facts = {"deaf_since": last.isoformat(), "title": title, "url": reverse("incidents:sources")}
        announce(Occasion.RECEIVING_STOPPED, facts=facts, now=now)
    return is_gap and not is_beat


def _last_word(door: Upkeep) -> datetime:
    """The last sign of a web process, or what a source sent after it."""
    heard_at = SourceActivity.objects.aggregate(last=Max("last_seen_at"))["last"]
    return max(door.last_at, heard_at) if heard_at else door.last_at
