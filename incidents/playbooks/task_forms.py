"""What people type about tasks: one small form per verb, and the form that adds one."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from airp.web.forms import TitleField
from incidents.playbooks.adding import Assignment
from incidents.playbooks.states import Before
from incidents.playbooks.task import Task
from incidents.response.lanes import Lane

SAY_WHY = {"required": _("Say it in a few words: it stays in the record.")}


def colleagues() -> Any:
    """People who can work on incidents, by name."""
    roles = [role.value for role, granted in CAPABILITIES.items() if Capability.READ_INCIDENTS in granted]
    return User.objects.filter(is_active=True, roles__overlap=roles).order_by("name", "pk")


class PersonField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=colleagues(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def _moment(label: Any, **kwargs: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, **kwargs)


def _words(label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=4_000, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)


class TaskForm(forms.Form):
    """A form about one task. `values` are what its verb takes."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, task: Task, name: str) -> None:
        self.task = task
        super().__init__(data, auto_id=f"{name}-%s")
        self.prepare()

    def prepare(self) -> None:
        """Fields that depend on the task."""


class StartForm(TaskForm):
    pass


class BlockForm(TaskForm):
    reason = _words(_("What it waits for, and from whom"), error_messages=SAY_WHY)


class SkipForm(TaskForm):
    reason = _words(_("Why it will not be done"), error_messages=SAY_WHY)


class ResumeForm(TaskForm):
    reason = _words(_("Why it goes on"), error_messages=SAY_WHY)


class FinishForm(TaskForm):
    """What the kind of the task demands before it is done."""

    def prepare(self) -> None:
        self.fields.update(self.task.kind_of.doer_fields(self.task.detail, self.task.result))


class RecordForm(FinishForm):
    """The same fields, kept on the way."""


class OwnerForm(TaskForm):
    to = PersonField(label=_("Who does it"), required=False, empty_label=_("Nobody: leave it to the lane"))

    def prepare(self) -> None:
        self.initial = {"to": self.task.owner_id}


class DueForm(TaskForm):
    to = _moment(_("Due"), error_messages={"required": _("Say when it is due.")})
    reason = _words(_("Why it is due at another time"), error_messages=SAY_WHY)

    def prepare(self) -> None:
        self.initial = {"to": self.task.due_at}


class AddTaskForm(forms.Form):
    """One task beside those of the playbooks."""

    use_required_attribute = False

    title = TitleField(
        label=_("What is to be done"),
        max_length=200,
        error_messages={"required": _("Say what is to be done, in one line.")},
    )
    lane = forms.ChoiceField(label=_("Lane"), required=False, choices=[("", _("Lead")), *Lane.choices])
    owner = PersonField(label=_("Who does it"), required=False, empty_label=_("Nobody yet"))
    due_at = _moment(_("Due"), required=False)
    before = forms.ChoiceField(
        label=_("Must be done"),
        required=False,
        choices=[("", _("Optional")), *((value, label) for value, label in Before.choices)],
        help_text=_("Only the lead or a manager makes a task mandatory."),
    )
    instructions = _words(_("How"), required=False, help_text=_("Markdown works."))

    @property
    def assignment(self) -> Assignment:
        return Assignment(**self.cleaned_data)

    def clean_due_at(self) -> Any:
        due = self.cleaned_data["due_at"]
        if due is not None and due < timezone.now():
            raise forms.ValidationError(_("That time is over. Choose a later one, or leave it empty."))
        return due
