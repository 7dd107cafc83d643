"""Fields that the forms of an incident share: people, levels, harm kinds, moments and words."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.desk.choices import harm_kinds as kinds
from incidents.desk.choices import levels, people


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
