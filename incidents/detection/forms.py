"""What people type to decide on a breach."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.web.forms import TitleField
from incidents.classification.models import SeverityLevel
from incidents.detection.attaching import title_of
from incidents.detection.breaches import Breach
from incidents.detection.queries import attachable_incidents
from incidents.detection.verdicts import Verdict
from incidents.response.models import Incident

VERDICTS = [(verdict.value, verdict.label) for verdict in Verdict if verdict is not Verdict.TRUE]


def _words(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=required, max_length=20_000, widget=widget, help_text=help_text)


class IncidentChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.reference} {obj.title}"


class InterventionForm(forms.Form):
    """Work on it: a new incident, or one that is already open."""

    prefix = "intervention"
    incident = IncidentChoice(
        label=_("Incident"), queryset=Incident.objects.none(), required=False, empty_label=_("Declare a new incident")
    )
    title = TitleField(label=_("Title of a new incident"), max_length=200)
    severity = forms.ModelChoiceField(
        label=_("Severity of a new incident"), queryset=SeverityLevel.objects.order_by("rank"), empty_label=None
    )
    reason = _words(_("Note"), required=False)

    def __init__(self, data: Any = None, *, breach: Breach, user: User) -> None:
        super().__init__(data, initial={"title": title_of(breach), "severity": breach.version.severity_id})
        field = self.fields["incident"]
        if isinstance(field, forms.ModelChoiceField):
            open_ids = list(attachable_incidents(breach, user).values_list("pk", flat=True))
            field.queryset = Incident.objects.filter(pk__in=open_ids).order_by("-declared_at")


class HoldForm(forms.Form):
    """Wait until a moment; then the question comes back."""

    prefix = "hold"
    until = forms.DateTimeField(
        label=_("Hold until"),
        help_text=_("In your time zone, at most a week ahead."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = _words(_("What are you waiting for?"))


class VerdictForm(forms.Form):
    """What it was, said or corrected afterwards."""

    prefix = "verdict"
    verdict = forms.ChoiceField(label=_("What was it?"), choices=Verdict)
    reason = _words(_("What does that rest on?"))


class DismissalForm(forms.Form):
    """It needs no incident, and why."""

    prefix = "dismissal"
    verdict = forms.ChoiceField(label=_("What was it?"), choices=VERDICTS)
    reason = _words(_("Why does this need no incident?"))
