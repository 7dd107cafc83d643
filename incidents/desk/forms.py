"""What people type to move an incident: one small form per verb, none of which decides about rights."""

import hashlib
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.desk.fields import LevelField, PersonField, moment_field, words_field
from incidents.desk.verb_form import VerbForm, VersionedForm
from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.telling import IncidentTime
from incidents.response.visibility import Visibility


class AcknowledgeForm(VerbForm):
    pass


class ContainForm(VerbForm):
    reason = words_field(_("What stopped the harm"))
    at = moment_field(_("When it stopped"), _("Empty means now."))


class ResolveForm(VerbForm):
    reason = words_field(_("What put it right"))
    at = moment_field(_("When it was put right"), _("Empty means now."))


class CloseForm(VerbForm):
    note = words_field(_("Closing note"), required=False, rows=2)


class DismissForm(VerbForm):
    reason = words_field(_("Why this is no incident"))


class ReopenForm(VerbForm):
    reason = words_field(_("What came back or was missed"))


class SeverityForm(VersionedForm):
    lists = {"to": "levels"}
    to = LevelField(label=_("New severity"), widget=forms.RadioSelect)
    reason = words_field(_("Why"), rows=2)

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return super().starting_from(incident) | {"to": incident.severity_id}

    @classmethod
    def subject(cls, incident: Incident) -> str:
        return str(incident.severity_id)

    def against(self, incident: Incident) -> list[dict[str, Any]]:
        return [{"label": _("Severity"), "theirs": incident.severity, "mine": self.cleaned_data["to"]}]


class LeadForm(VersionedForm):
    lists = {"to": "people"}
    to = PersonField(label=_("New lead"), empty_label=_("Choose"))
    note = words_field(_("What they should know"), required=False, rows=2)

    @classmethod
    def subject(cls, incident: Incident) -> str:
        return str(incident.lead_id)

    def against(self, incident: Incident) -> list[dict[str, Any]]:
        theirs = incident.lead.name if incident.lead else _("nobody")
        return [{"label": _("Lead"), "theirs": theirs, "mine": self.cleaned_data["to"].name}]


class RoleForm(VerbForm):
    lists = {"person": "people"}
    role = forms.ChoiceField(label=_("Role"), choices=IncidentRole)
    person = PersonField(label=_("Person"), required=False, empty_label=_("Nobody: release the role"))


class DetailsForm(VersionedForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    summary = words_field(_("Summary"), required=False, rows=5, help_text=_("Markdown works."))

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return super().starting_from(incident) | {"title": incident.title, "summary": incident.summary}

    @classmethod
    def subject(cls, incident: Incident) -> str:
        return hashlib.sha256(f"{incident.title}\n{incident.summary}".encode()).hexdigest()

    def against(self, incident: Incident) -> list[dict[str, Any]]:
        pairs = [
            {"label": self.fields[name].label, "theirs": getattr(incident, name), "mine": self.cleaned_data[name]}
            for name in ("title", "summary")
        ]
        return [pair for pair in pairs if pair["theirs"] != pair["mine"]]


class TimeForm(VerbForm):
    which = forms.ChoiceField(label=_("Which time"), choices=IncidentTime)
    to = moment_field(_("Right time"))
    reason = words_field(_("How you know"), rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].required = True


class VisibilityForm(VerbForm):
    to = forms.ChoiceField(label=_("Visible to"), choices=Visibility, widget=forms.RadioSelect)
    reason = words_field(_("Who should see it, and why"), rows=2)

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return {"to": incident.visibility}


class NoteForm(VerbForm):
    text = words_field(_("Note"), help_text=_("Markdown works. It enters the record and stays there."))


class UpdateForm(VerbForm):
    text = words_field(_("How it stands"), help_text=_("For colleagues. Starts the clock of the next update anew."))
