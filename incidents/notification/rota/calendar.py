"""A person's own shifts as a calendar feed, behind a private link that only they know."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Calendar, Event

from airp.accounts.models import User
from airp.audit.models import record
from incidents.notification.rota.answering import Roster, rosters
from incidents.notification.rota.plan import Stretch

BEHIND, AHEAD = timedelta(days=28), timedelta(days=180)
TOKEN_BYTES = 32


class CalendarLink(models.Model):
    """The one private link of a person. The link itself is shown once; only its hash is kept."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(gettext_lazy("made"))

    class Meta:
        verbose_name = gettext_lazy("calendar link")
        verbose_name_plural = gettext_lazy("calendar links")

    def __str__(self) -> str:
        return f"calendar of {self.person_id}"

    @classmethod
    def issue(cls, person: User, *, now: datetime) -> str:
        """Make a link's token and end the one before. It cannot be shown again."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        cls.objects.update_or_create(person=person, defaults={"token_hash": _hash(token), "made_at": now})
        record(act="calendar_link_made", at=now, by=person, object_label=f"person/{person.pk}")
        return token

    @classmethod
    def person_of(cls, token: str) -> User | None:
        """Whose link this is; None for an unknown or replaced one, and for somebody who left."""
        found = cls.objects.select_related("person").filter(token_hash=_hash(token)).first()
        return found.person if found is not None and found.person.is_active else None


def feed(person: User, *, now: datetime) -> bytes:
    """The shifts of a person from four weeks back to half a year ahead, as iCalendar."""
    calendar = Calendar()
    calendar.add("prodid", "-//airp//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("On call: %(name)s") % {"name": person.name})
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for roster in rosters(since=now - BEHIND):
        for stretch in roster.plan.stretches(now - BEHIND, now + AHEAD):
            if stretch.answer.person == person.pk:
                calendar.add_component(_event(roster, stretch, now=now))
    return bytes(calendar.to_ical())


def _event(roster: Roster, stretch: Stretch, *, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"rota-{roster.pk}-{int(stretch.end.timestamp())}@{settings.SITE_NAME}")
    event.add("dtstamp", now)
    event.add("dtstart", stretch.start)
    event.add("dtend", stretch.end)
    event.add("summary", _("On call: %(rota)s") % {"rota": roster.name})
    event.add("description", roster.purpose)
    event.add("url", f"{settings.BASE_URL}/on-call/")
    return event


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
