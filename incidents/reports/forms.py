"""What colleagues type: a report, the code to follow one, and triage's reason to read an original."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.classification.models import HarmKind
from incidents.reports.states import Discretion, Urgency
from incidents.systems.models import AISystem

MAX_TEXT = 10_000
OLDEST = timedelta(days=366)


class ReportForm(forms.Form):
    """One screen: which system, what happened, when; the rest only if it is at hand."""

    ticket = forms.CharField(max_length=64, widget=forms.HiddenInput)
    system = forms.ModelChoiceField(
        label=gettext_lazy("Which AI system?"),
        queryset=AISystem.objects.filter(retired_at__isnull=True).order_by("name"),
        empty_label=gettext_lazy("Please choose"),
    )
    text = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=MAX_TEXT,
        help_text=gettext_lazy(
            "In your own words, also if you are not sure. Addresses, numbers and keys are hidden from readers."
        ),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    happened_at = forms.DateTimeField(
        label=gettext_lazy("When?"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("In your time zone; roughly is enough."),
    )
    urgency = forms.ChoiceField(
        label=gettext_lazy("Does it go on, or may somebody be in danger?"), choices=Urgency, initial=Urgency.USUAL
    )
    sample = forms.CharField(
        label=gettext_lazy("What the system wrote or did, word for word"),
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    harm_kind = forms.ModelChoiceField(
        label=gettext_lazy("What kind of harm?"),
        queryset=HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name"),
        required=False,
        empty_label=gettext_lazy("I do not know"),
    )
    discretion = forms.ChoiceField(
        label=gettext_lazy("Who may know that you reported it?"),
        choices=Discretion,
        initial=Discretion.NAMED,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Without your name nobody can ask you back; you get a code to follow it."),
    )

    def __init__(self, data: Any = None, *, now: datetime, **given: Any) -> None:
        super().__init__(data, **given)
        self.now = now

    def clean_happened_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["happened_at"]
        if at is not None and at > self.now:
            raise forms.ValidationError(_("That lies in the future. Check the date."))
        if at is not None and at < self.now - OLDEST:
            raise forms.ValidationError(_("That is more than a year ago. Check the date."))
        return at


class FollowForm(forms.Form):
    """The code that was shown when an anonymous report was sent."""

    code = forms.CharField(
        label=gettext_lazy("Your code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class RevealForm(forms.Form):
    """Why somebody must read what was typed."""

    prefix = "original"
    reason = forms.CharField(
        label=gettext_lazy("Why must you read the original?"),
        help_text=gettext_lazy("Recorded with your name."),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
