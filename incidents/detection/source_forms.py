"""What admins type about a source."""

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


class SourceForm(RhythmForm):
    """What a source is. Its tokens are issued on its page."""

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
        super().__init__(data, instance=instance)
        system = self.fields["system"]
        if isinstance(system, forms.ModelChoiceField):
            present = Q(pk=instance.system_id) if instance else Q()
            system.queryset = AISystem.objects.filter(Q(retired_at__isnull=True) | present).order_by("name")
            system.empty_label = _("All systems")
