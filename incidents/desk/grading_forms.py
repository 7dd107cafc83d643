"""Forms that ask how bad it is: declaring, triage, assessing, and the tags of the harm."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from airp.web.forms import TitleField
from incidents.classification.models import SeverityMatrix
from incidents.classification.taxonomies import taxonomies
from incidents.desk.choices import Choices, systems
from incidents.desk.fields import HarmKindField, LevelField, moment_field, words_field
from incidents.desk.questions import AnsweringForm
from incidents.desk.verb_form import VerbForm, VersionedForm
from incidents.response.models import Incident, IncidentKind
from incidents.response.visibility import Visibility


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


class HarmKindForm(VersionedForm):
    lists = {"to": "harm_kinds"}
    to = HarmKindField(label=_("New harm kind"))
    reason = words_field(
        _("What shows it"),
        rows=2,
        help_text=_("It takes the tags of the new kind. Lanes that it needs are called, and its playbook is proposed."),
    )

    def starting_from(self, incident: Incident) -> dict[str, Any]:
        return super().starting_from(incident) | {"to": incident.harm_kind_id}

    @classmethod
    def subject(cls, incident: Incident) -> str:
        return str(incident.harm_kind_id)

    def against(self, incident: Incident) -> list[dict[str, Any]]:
        return [{"label": _("Harm kind"), "theirs": incident.harm_kind, "mine": self.cleaned_data["to"]}]


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


class PreviewForm(AnsweringForm):
    """Answers on their way: whichever form they stand in, read without being sent."""

    severity = forms.CharField(required=False)
    to = forms.CharField(required=False)

    @property
    def picked(self) -> str:
        """The id of the level that is picked, as it was typed."""
        return str(self.value_of("severity") or self.value_of("to") or "")


class DeclareForm(AnsweringForm):
    """What is known when somebody declares. `ticket` makes pressing twice one incident."""

    use_required_attribute = False

    ticket = forms.CharField(
        max_length=64,
        widget=forms.HiddenInput,
        error_messages={"required": _("This form is incomplete. Open it anew and send it again.")},
    )
    title = TitleField(
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
    kind = forms.ChoiceField(
        label=_("Is it real"),
        widget=forms.RadioSelect,
        initial=IncidentKind.LIVE,
        required=False,
        choices=[
            (IncidentKind.LIVE, _("Yes, it happens or happened")),
            (
                IncidentKind.DRILL,
                _("No, it is a drill: it counts nowhere and stays in the house"),
            ),
        ],
    )
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
