"""What the inbox shows: its whole state stands in the URL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.desk.filters import WHOLE
from incidents.triage.queue import Wanted


class Kind(models.TextChoices):
    EVERY = "", _("Everything")
    BREACH = "breach", _("Breaches")
    ALERT = "alert", _("Alerts")
    COMPLAINT = "complaint", _("Complaints")
    REPORT = "report", _("Reports")


class Show(models.TextChoices):
    WAITING = "", _("Waiting")
    SNOOZED = "snoozed", _("Put off")


class Whose(models.TextChoices):
    EVERYBODY = "", _("Everybody's")
    MINE = "mine", _("My systems and thresholds")


@dataclass(frozen=True, slots=True)
class Filters:
    """Values that mean nothing are read as if they were not there."""

    kind: str = ""
    show: str = ""
    whose: str = ""
    severity: str = ""
    system: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        def one_of(name: str, values: list[str]) -> str:
            return given if (given := query.get(name, "")) in values else ""

        return cls(
            kind=one_of("kind", Kind.values),
            show=one_of("show", Show.values),
            whose=one_of("whose", Whose.values),
            severity=query.get("severity", "")[:16],
            system=query.get("system", "")[:80],
        )

    def url_query(self, **changes: str) -> str:
        values = {name: getattr(self, name) for name in self.__slots__} | changes
        return urlencode({name: value for name, value in values.items() if value})

    def address(self, *, place: str = "", **changes: str) -> str:
        """The inbox with these filters, at a place or at its beginning."""
        query = "&".join(part for part in (self.url_query(**changes), place) if part)
        return f"{reverse('incidents:triage_inbox')}?{query or WHOLE}"

    @property
    def are_narrow(self) -> bool:
        return bool(self.url_query())

    def wanted(self, user: User, levels: Sequence[SeverityLevel], *, now: datetime) -> Wanted:
        return Wanted(
            user=user,
            now=now,
            levels=levels,
            kind=self.kind,
            system=self.system,
            severity=self.severity,
            whose=self.whose,
            is_snoozed=self.show,
        )
