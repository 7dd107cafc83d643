"""What a decision needs besides its key: which incident, which reason, until when, or the words of a new incident."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.web.forms import TitleField
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.triage.deciding import Chosen
from incidents.triage.queue import Draft, provider

MOST_CHOSEN = 100
MORNING = time(9)


class Until(models.TextChoices):
    HOUR = "1h", _("1 hour")
    FOUR_HOURS = "4h", _("4 hours")
    TOMORROW = "tomorrow", _("Tomorrow, 9 o'clock")


def moment(until: Until, user: User, *, now: datetime) -> datetime:
    """When the item comes back, in the person's own day."""
    if until == Until.TOMORROW:
        day = now.astimezone(user.zone).date() + timedelta(days=1)
        return datetime.combine(day, MORNING, user.zone)
    return now + timedelta(hours=1 if until == Until.HOUR else 4)


def found(texts: list[str], user: User) -> list[Chosen]:
    """The chosen items that exist for the person, each once, in their order."""
    chosen = []
    for text in dict.fromkeys(texts[:MOST_CHOSEN]):
        if (one := find(text, user)) is not None:
            chosen.append(one)
    return chosen


def find(text: str, user: User) -> Chosen | None:
    """An item by its key, such as breach-12."""
    name, _dash, pk = text.partition("-")
    owner = provider(name)
    if owner is None or not pk.isdecimal() or len(pk) > 17:
        return None
    item = owner.find(int(pk), user=user)
    return None if item is None else Chosen(owner, item)


class AcceptForm(forms.Form):
    """The incident as it would be declared. Unsure of the severity: the worse one is taken."""

    prefix = "accept"
    title = TitleField(label=_("Title"), max_length=200)
    severity = forms.ModelChoiceField(
        label=_("Severity"), queryset=SeverityLevel.objects.order_by("rank"), empty_label=None
    )
    unsure = forms.BooleanField(label=_("Unsure whether it is worse: take the higher one"), required=False)
    harm_kind = forms.ModelChoiceField(
        label=_("Harm kind"),
        queryset=HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name"),
        required=False,
        empty_label=_("Not judged yet"),
    )

    def __init__(self, data: Any = None, *, draft: Draft) -> None:
        initial = {
            "title": draft.title[:200],
            "severity": draft.severity.pk if draft.severity else None,
            "harm_kind": draft.harm_kind.pk if draft.harm_kind else None,
        }
        super().__init__(data, initial=initial)
