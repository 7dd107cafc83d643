"""What people fill in to take a span and to arrange an order."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from airp.web import times
from incidents.notification.rota.arranging import MOST_SEATS
from incidents.notification.rota.records import Rota, Weekday

NOBODY, END = "nobody", ""


def able_people() -> QuerySet[User]:
    """People who may acknowledge, by name."""
    roles = [role.value for role, granted in CAPABILITIES.items() if Capability.TRIAGE in granted]
    return User.objects.filter(is_active=True, roles__overlap=roles).order_by("name", "pk")


def _moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, help_text=help_text)


class SpanForm(forms.Form):
    """Somebody takes a span. People who may not arrange rotas take it themselves."""

    use_required_attribute = False
    who = forms.ChoiceField(label=_("Who is on call then"))
    starts_at = _moment(_("From"), _("In your time zone. What has passed already is left as it was."))
    ends_at = _moment(_("Until"))
    reason = forms.CharField(
        label=_("Reason"), max_length=200, required=False, help_text=_("Colleagues read it on the page of the rota.")
    )

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial={"who": str(user.pk)} | (initial or {}))
        self.people = {user.pk: user} if user.can(Capability.TRIAGE) else {}
        self.may_arrange = user.can(Capability.ARRANGE_ON_CALL)
        if self.may_arrange:
            self.people |= {person.pk: person for person in able_people()}
        options = [(str(pk), person.name) for pk, person in self.people.items()]
        nobody = [(NOBODY, str(_("Nobody: a gap that everybody sees")))] if self.may_arrange else []
        self.fields["who"].choices = [*options, *nobody]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> User | None:
        who = self.cleaned_data["who"]
        return None if who == NOBODY else self.people[int(who)]


class OrderForm(forms.Form):
    """The order of a rota: who, one week each, and when the handover is."""

    use_required_attribute = False
    weekday = forms.TypedChoiceField(label=_("Handover on"), choices=Weekday, coerce=int, initial=Weekday.MONDAY)
    handover = forms.TimeField(
        label=_("At"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        initial=time(9),
    )
    begins_at = forms.DateTimeField(
        label=_("In force from"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None, *, rota: Rota, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.zone = ZoneInfo(rota.time_zone)
        words = {"zone": rota.time_zone}
        self.fields["handover"].help_text = _("Local time in %(zone)s, also when clocks change.") % words
        self.fields["begins_at"].help_text = _("Local time in %(zone)s. The first person's week begins here.") % words
        self.people = {person.pk: person for person in able_people()}
        options = [(END, str(_("no further place"))), (NOBODY, str(_("Nobody: a gap that everybody sees")))]
        options += [(str(pk), person.name) for pk, person in self.people.items()]
        for place in range(1, MOST_SEATS + 1):
            self.fields[f"seat_{place}"] = forms.ChoiceField(
                label=_("Week %(n)d") % {"n": place}, choices=options, required=place == 1
            )

    def clean_begins_at(self) -> datetime:
        """Typed in the rota's zone, whatever the zone of who types it."""
        typed: datetime = self.cleaned_data["begins_at"]
        if typed.year not in times.YEARS:
            raise forms.ValidationError(_("Nobody can mean that year. Check the date."))
        return typed.replace(tzinfo=self.zone).astimezone(UTC)

    @property
    def seats(self) -> list[User | None]:
        chosen = [self.cleaned_data[f"seat_{place}"] for place in range(1, MOST_SEATS + 1)]
        return [None if who == NOBODY else self.people[int(who)] for who in chosen if who != END]
