"""What admins type about playbooks: name and purpose, for which incidents, one step, and why."""

import hashlib
import json
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from airp.web.forms import TitleField
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.playbooks.fitting import Scope
from incidents.playbooks.playbook import Playbook, PlaybookStep
from incidents.playbooks.states import Before, DueFrom
from incidents.playbooks.step_kinds.base import StepKind
from incidents.response.lanes import Lane
from incidents.response.people import IncidentRole
from incidents.systems.models import AISystem

MOST_MINUTES = 525_600


class PlaybookForm(forms.Form):
    """Name and purpose. `playbook` None is a new one."""

    use_required_attribute = False
    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Give it a name that people will say aloud.")}
    )
    purpose = forms.CharField(
        label=_("For what"),
        max_length=300,
        help_text=_("One sentence, as you would say it."),
        error_messages={"required": _("Say in one sentence for what it is.")},
    )

    def __init__(self, data: Any = None, *, playbook: Playbook | None = None) -> None:
        self.playbook = playbook
        initial = {"name": playbook.name, "purpose": playbook.purpose} if playbook else {}
        super().__init__(data, auto_id="playbook-%s", initial=initial)

    @property
    def slug(self) -> str:
        return str(slugify(self.cleaned_data["name"]))[:60]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Playbook.objects.exclude(pk=self.playbook.pk) if self.playbook else Playbook.objects.all()
        slug = slugify(name)[:60]
        if not slug:
            raise forms.ValidationError(_("Use at least one letter or digit."))
        is_taken = others.filter(name=name).exists() or (self.playbook is None and others.filter(slug=slug).exists())
        if is_taken:
            raise forms.ValidationError(_("Another playbook has this name. Choose one that tells them apart."))
        return name


class ScopeForm(forms.Form):
    """For which incidents it is meant. Nothing ticked in a group means any."""

    use_required_attribute = False
    harm_kinds = forms.MultipleChoiceField(
        label=_("Harm kinds"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: any.")
    )
    severities = forms.MultipleChoiceField(
        label=_("Severity levels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    systems = forms.MultipleChoiceField(label=_("AI systems"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, scope: Scope) -> None:
        initial = {name: sorted(getattr(scope, name)) for name in ("harm_kinds", "severities", "systems")}
        super().__init__(data, auto_id="scope-%s", initial=initial)
        kinds = HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name")
        systems = AISystem.objects.filter(retired_at__isnull=True).order_by("name")
        levels = SeverityLevel.objects.order_by("rank")
        fields: Any = self.fields
        fields["harm_kinds"].choices = list(kinds.values_list("slug", "name"))
        fields["severities"].choices = [(level.slug, str(level)) for level in levels]
        fields["systems"].choices = list(systems.values_list("slug", "name"))

    @property
    def scope(self) -> Scope:
        return Scope(**{name: frozenset(chosen) for name, chosen in self.cleaned_data.items()})


class StepForm(forms.Form):
    """One step: what every kind has, and what its own kind adds. `seen` is what the step said when it was opened."""

    use_required_attribute = False
    title = TitleField(
        label=_("What to do"),
        max_length=200,
        help_text=_("As an order to a person: Count the conversations that met it."),
        error_messages={"required": _("Say in one line what is to be done.")},
    )
    instructions = forms.CharField(
        label=_("How"),
        required=False,
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Markdown works."),
    )
    lane = forms.ChoiceField(label=_("Lane"), required=False, choices=[("", _("Lead")), *Lane.choices])
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", _("Whoever leads the lane")), *IncidentRole.choices],
        help_text=_("Who gets the task when the playbook starts."),
    )
    due_minutes = forms.IntegerField(
        label=_("Due after (minutes)"),
        required=False,
        min_value=0,
        validators=[MaxValueValidator(MOST_MINUTES)],
        help_text=_("Empty: nothing is promised. 60 is an hour, 1440 a day."),
    )
    due_from = forms.ChoiceField(label=_("Counted from"), choices=DueFrom.choices)
    before = forms.ChoiceField(
        label=_("Must be done"),
        required=False,
        choices=[("", _("Optional: holds nothing back")), *((value, label) for value, label in Before.choices)],
        help_text=_("A mandatory step holds the incident back from that state until it is done."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, kind: StepKind, step: PlaybookStep | None = None) -> None:
        self.kind = kind
        super().__init__(data, auto_id="step-%s", initial=_initial(kind, step) if step else {})
        own = kind.author_fields()
        self.own = tuple(own)
        self.fields.update(own)
        self.order_fields(["title", "instructions", *own])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self.detail = self.kind.detail(cleaned)
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        """The step's columns."""
        common = {name: value for name, value in self.cleaned_data.items() if name not in {*self.own, "seen"}}
        return common | {"kind": self.kind.slug, "detail": self.detail}


class WhyForm(forms.Form):
    use_required_attribute = False
    why = forms.CharField(
        label=_("Why"),
        max_length=300,
        help_text=_("Stays in the record beside the change."),
        error_messages={"required": _("Say why. People will ask later.")},
    )

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data, auto_id=f"{name}-%s")


def seen_of(step: PlaybookStep) -> str:
    """A mark of what a step says; a colleague's change changes it."""
    said = [step.title, step.instructions, step.lane, step.role, step.due_minutes, step.due_from, step.before]
    return hashlib.sha256(json.dumps([*said, step.detail], sort_keys=True).encode()).hexdigest()


def _initial(kind: StepKind, step: PlaybookStep) -> dict[str, Any]:
    names = ("title", "instructions", "lane", "role", "due_minutes", "due_from", "before")
    common = {name: getattr(step, name) for name in names}
    return common | kind.author_values(step.detail) | {"seen": seen_of(step)}
