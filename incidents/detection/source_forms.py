"""What admins type about a source."""

import json
from hashlib import sha256
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents.detection.sources import USUAL_RHYTHM, USUAL_SECONDS, Rhythm, SignalSource, SourceKind
from incidents.systems.models import AISystem


class RhythmForm(forms.ModelForm):
    """Leaves open what is as usual for the kind of the source: what nobody chose is filled in and then stands there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rhythm, interval = self.fields["rhythm"], self.fields["expected_interval_seconds"]
        rhythm.required = interval.required = False
        if isinstance(rhythm, forms.ChoiceField):
            rhythm.choices = [("", _("As usual for its kind")), *Rhythm.choices]
        if self.instance.pk is None:
            self.initial.update({"rhythm": "", "expected_interval_seconds": None})

    def clean_rhythm(self) -> str:
        return self.cleaned_data["rhythm"] or USUAL_RHYTHM[SourceKind(self.cleaned_data.get("kind", SourceKind.NATIVE))]

    def clean_expected_interval_seconds(self) -> int:
        return self.cleaned_data["expected_interval_seconds"] or USUAL_SECONDS

    def clean_mapping(self) -> dict[str, Any]:
        """A field that somebody emptied maps nothing; the form reads it as no value at all."""
        return self.cleaned_data["mapping"] or {}


class SourceForm(RhythmForm):
    """What a source is. Its tokens are issued on its page. `seen` is the stored source that the form was made from."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    class Meta:
        model = SignalSource
        fields = (
            *("name", "kind", "system", "rhythm", "expected_interval_seconds", "lateness_seconds"),
            *("max_future_seconds", "max_age_days", "mapping", "state", "note"),
        )
        widgets = {"note": forms.Textarea(attrs={"rows": 3}), "mapping": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "name": _("What people call the client, for example: Gateway in Frankfurt."),
            "max_future_seconds": _("Signals from further ahead of our clock are refused as clock_skew."),
            "max_age_days": _("Older ones are refused as too_old: nobody could tell any more whether they are new."),
            "note": _("Who runs the client and whom to call. No secrets."),
        }

    def __init__(self, data: Any = None, *, instance: SignalSource | None = None) -> None:
        super().__init__(data, instance=instance, initial={"seen": mark_of(instance)} if instance else None)
        system = self.fields["system"]
        if isinstance(system, forms.ModelChoiceField):
            present = Q(pk=instance.system_id) if instance else Q()
            system.queryset = AISystem.objects.filter(Q(retired_at__isnull=True) | present).order_by("name")
            system.empty_label = _("All systems")

    def theirs(self, stored: SignalSource) -> list[dict[str, str]]:
        """What somebody else saved since the form was opened, field by field; empty where nobody did."""
        if self.data.get("seen") in (None, mark_of(stored)):
            return []
        now = type(self)(instance=stored)
        return [
            {"label": str(self[name].label), "theirs": _shown(now[name]), "mine": _shown(self[name])}
            for name in self.Meta.fields
            if str(now[name].value() or "") != str(self[name].value() or "")
        ]

    def seeing(self, stored: SignalSource) -> "SourceForm":
        """The same typed text over what is stored now, so that saving once more is a choice and no accident."""
        return type(self)({name: self.data[name] for name in self.data} | {"seen": mark_of(stored)}, instance=stored)


def mark_of(source: SignalSource) -> str:
    """A mark of everything that the form shows of a stored source."""
    values = [source.serializable_value(name) for name in SourceForm.Meta.fields]
    return sha256(json.dumps(values, default=str).encode()).hexdigest()


def _shown(field: forms.BoundField) -> str:
    value = field.value()
    choices: Any = getattr(field.field, "choices", None)
    named = {str(key): str(label) for key, label in choices} if choices else {}
    return named.get(str(value or ""), str(value if value is not None else ""))
