"""What people type to move an incident: one small form per verb, none of which decides about rights."""

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.classification.models import SeverityMatrix
from incidents.classification.taxonomies import taxonomies
from incidents.desk.choices import Choices, levels, people, systems
from incidents.desk.choices import harm_kinds as kinds
from incidents.desk.questions import AnsweringForm
from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.telling import IncidentTime
from incidents.response.visibility import Visibility


class PersonField(forms.ModelChoiceField):
    """A person who can work on incidents."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=people(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class LevelField(forms.ModelChoiceField):
    """A severity level, worst first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=levels(), empty_label=None, **kwargs)


class HarmKindField(forms.ModelChoiceField):
    """A harm kind that is still in use."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", _("Choose"))
        super().__init__(queryset=kinds(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def moment_field(label: Any, help_text: Any = "") -> forms.DateTimeField:
    """A moment in the person's own time zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=help_text)


def words_field(label: Any, *, rows: int = 3, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=20_000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class VerbForm(forms.Form):
    """Knows its incident, to start from what is so now. `choices` are read once for all forms of a page."""

    use_required_attribute = False
    # Form field -> property of Choices
    lists: ClassVar[Mapping[str, str]] = {}

    def __init__(self, data: Any = None, *, incident: Incident, name: str, choices: Choices | None = None) -> None:
        self.incident = incident
        super().__init__(data, auto_id=f"{name}-%s", initial=self.starting_from(incident))
        for field, list_name in self.lists.items() if choices else ():
            self.offer(field, getattr(choices, list_name))

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return {}

    def against(self, incident: Incident) -> list[dict[str, Any]]:
        """The values that differ from what is so now, for the conflict: label, theirs, mine."""
        return []

    def on_top_of(self, incident: Incident) -> Self:
        """The same typed text, on the version that the incident has now."""
        return self

    def offer(self, field_name: str, options: list[tuple[Any, str]]) -> None:
        """Draw a list that was read already, so that two forms need not read it twice."""
        field: Any = self.fields[field_name]
        empty = [("", field.empty_label)] if field.empty_label else []
        field.widget.choices = [*empty, *options]


class VersionedForm(VerbForm):
    """Carries the version it was opened with, so that nobody overwrites a colleague's change unseen.

    `seen` is what the form's own subject was then: a change of something else is no conflict.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return {"version": incident.version, "seen": self.subject(incident)}

    def on_top_of(self, incident: Incident) -> Self:
        now_on = {"version": str(incident.version), "seen": self.subject(incident)}
        self.data = {**{name: self.data.get(name) for name in self.fields}, **now_on}
        return self

    @classmethod
    def subject(cls, incident: Incident) -> str:
        """What this form is about, as it is now, in one comparable text."""
        raise NotImplementedError


class AcknowledgeForm(VerbForm):
    pass


class GradingForm(AnsweringForm, VerbForm):
    """A form of an incident with the severity questions, starting from what was answered last."""

    template_name = "incidents/questions.html#verb"

    def __init__(self, data: Any = None, *, incident: Incident, name: str, choices: Choices | None = None) -> None:
        super().__init__(data, incident=incident, name=name, choices=choices)
        matrix = choices.matrix if choices else SeverityMatrix.current()
        self.ask(matrix, levels=incident.policy["levels"], before=incident.assessment)
        self.preview_url = f"{reverse('incidents:severity_preview')}?incident={incident.reference}"


class TriageForm(GradingForm):
    keeps_level = True
    lists = {"severity": "levels", "harm_kind": "harm_kinds"}
    severity = LevelField(label=_("Severity"), widget=forms.RadioSelect, required=False)
    harm_kind = HarmKindField(label=_("Harm kind"))
    note = words_field(_("Note"), required=False, rows=2, help_text=_("What convinced you. Stays in the record."))

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return {"harm_kind": incident.harm_kind_id}

    @property
    def by_answers(self) -> str:  # type: ignore[override]
        return gettext("As the answers say; without any it stays %(level)s") % {"level": self.incident.severity_slug}

    def clean(self) -> dict[str, Any]:
        """Answers that were only confirmed are not recorded a second time, and no answers leave the level as it is."""
        picked = self.cleaned_data.get("severity")
        cleaned = super().clean()
        before, answered = self.incident.assessment, cleaned["answered"]
        if before is not None and answered is not None and picked is None and before.as_answers == answered.answers:
            cleaned["answered"] = answered = None
        if answered is None and not self.errors:
            cleaned["severity"] = picked or self.incident.severity
        return cleaned


class AssessForm(GradingForm, VersionedForm):
    lists = {"to": "levels"}
    level_field = "to"
    to = LevelField(label=_("Severity"), widget=forms.RadioSelect, required=False)
    is_opened = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned["answered"] is None and not self.errors:
            self.add_error(None, gettext("Answer at least what the harm is, or who is concerned."))
        return cleaned

    @classmethod
    def subject(cls, incident: Incident) -> str:
        return f"{incident.severity_id}/{incident.assessment_id}"

    def against(self, incident: Incident) -> list[dict[str, Any]]:
        return [{"label": _("Severity"), "theirs": incident.severity, "mine": self.cleaned_data["to"]}]


class TagsForm(VerbForm):
    """Every tag of every taxonomy, those of the incident ticked."""

    to = forms.MultipleChoiceField(label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.choices = [
            (
                f"{each.name}",
                [(f"{each.key}:{code}", f"{code} {name}") for code, name in each.tags.items()],
            )
            for each in taxonomies()
        ]

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return {"to": incident.tags}


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


class PreviewForm(AnsweringForm):
    """Answers on their way: whichever form they stand in, read without being sent."""

    severity = forms.CharField(required=False)
    to = forms.CharField(required=False)

    @property
    def picked(self) -> str:
        """The id of the level that is picked, as it was typed."""
        return str(self.value_of("severity") or self.value_of("to") or "")


class DeclareForm(AnsweringForm):
    """What is known when somebody declares."""

    use_required_attribute = False

    title = forms.CharField(
        label=_("What goes wrong, in one line"),
        max_length=200,
        help_text=_("As you would say it aloud."),
        error_messages={"required": _("Say in one line what goes wrong.")},
    )
    system = forms.ModelChoiceField(
        label=_("AI system"),
        queryset=systems(),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose the AI system that it is about.")},
    )
    summary = words_field(
        _("What happened"), required=False, help_text=_("Who met it, what the system said or did, since when.")
    )
    severity = LevelField(label=_("Severity"), widget=forms.RadioSelect, required=False)
    harm_kind = HarmKindField(label=_("Harm kind"), required=False, empty_label=_("Not clear yet"))
    started_at = moment_field(_("When the harm started"), _("Leave empty when nobody knows yet."))
    visibility = forms.ChoiceField(
        label=_("Who sees it"),
        widget=forms.RadioSelect,
        initial=Visibility.NORMAL,
        error_messages={"required": _("Choose who may see it.")},
        choices=[
            (Visibility.NORMAL, _("Everybody who reads incidents")),
            (Visibility.RESTRICTED, _("Only those who work on it, and the owners of the system")),
        ],
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("severity") is None and "severity" not in self.errors and not self.is_answered:
            words = gettext("Choose how bad it is as far as you know. It can be changed later.")
            self.add_error("severity", words)
        return cleaned

    @property
    def is_answered(self) -> bool:
        """Whether the level follows from the answers, or would if they were put right."""
        answers = self.answers() if self.matrix else None
        return bool(answers and (answers.by_axis or answers.floors))
