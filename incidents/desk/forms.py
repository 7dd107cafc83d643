"""What people type to move an incident: one small form per verb, none of which decides about rights."""

import hashlib
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from airp.web.forms import TitleField
from incidents.desk.fields import LevelField, PersonField, moment_field, words_field
from incidents.desk.naming import named_in
from incidents.desk.verb_form import VerbForm, VersionedForm
from incidents.response.mentions import Found
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


class WordingForm(VersionedForm):
    """One text of the incident, edited in its place. `text` names it."""

    text: ClassVar[str]

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return super().starting_from(incident) | {self.text: getattr(incident, self.text)}

    @classmethod
    def subject(cls, incident: Incident) -> str:
        return hashlib.sha256(str(getattr(incident, cls.text)).encode()).hexdigest()

    def against(self, incident: Incident) -> list[dict[str, Any]]:
        theirs, mine = getattr(incident, self.text), self.cleaned_data[self.text]
        return [{"label": self.fields[self.text].label, "theirs": theirs, "mine": mine}]


class TitleForm(WordingForm):
    text = "title"
    title = TitleField(label=_("Title"), max_length=200)


class SummaryForm(WordingForm):
    text = "summary"
    summary = words_field(_("Summary"), required=False, rows=5, help_text=_("Markdown works."))


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


class SaidForm(VerbForm):
    """Words that may name people: @first.last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        url = reverse("incidents:mentionable", args=[self.incident.reference])
        self.fields["text"].widget.attrs["data-mentions"] = url

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        return cleaned | {"found": named_in(cleaned.get("text", ""), self.incident)}

    @property
    def unknown_names(self) -> tuple[str, ...]:
        found: Found = self.cleaned_data["found"]
        return found.unknown


class NoteForm(SaidForm):
    text = words_field(
        _("Note"), help_text=_("Markdown works, and @first.last tells a colleague. It enters the record and stays.")
    )


class UpdateForm(SaidForm):
    text = words_field(
        _("How it stands"),
        help_text=_("For everybody who follows, also outside the team. Starts the clock of the next update anew."),
    )
