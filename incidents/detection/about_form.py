"""What a threshold is called, whose it is and what it forces: the part of the form that a new one needs besides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.detection.choices import Mode, OnBreach, OnUnanswered
from incidents.detection.rule_form import StretchField
from incidents.detection.thresholds import Threshold
from incidents.systems.models import AISystem

STARTING_MODES = [(mode.value, mode.label) for mode in (Mode.SHADOW, Mode.ACTIVE, Mode.DRAFT)]


class AboutForm(forms.Form):
    """`threshold` is the unsaved threshold, once the form is valid."""

    prefix = "about"
    name = forms.CharField(label=_("Name"), max_length=120)
    system = forms.ModelChoiceField(label=_("AI system"), queryset=AISystem.objects.order_by("name"))
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.filter(is_active=True).order_by("name"),
        help_text=_("Is asked to decide when the limit is passed."),
    )
    mode = forms.ChoiceField(
        label=_("Begin as"),
        choices=STARTING_MODES,
        help_text=_("In shadow it judges and records; nobody is asked until you activate it."),
    )
    on_breach = forms.ChoiceField(label=_("When the limit is passed"), choices=OnBreach)
    decision_due = StretchField(label=_("Decide within"), help_text=_("At least 1 min."))
    on_unanswered = forms.ChoiceField(label=_("When nobody decides in time"), choices=OnUnanswered)

    def __init__(self, data: Any = None, *, user: User) -> None:
        first = {"owner": user.pk, "mode": Mode.SHADOW, "on_breach": OnBreach.ASK, "decision_due": "15 min"}
        super().__init__(data, initial={**first, "on_unanswered": OnUnanswered.ESCALATE})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            self.threshold = Threshold(
                name=given["name"],
                system=given["system"],
                owner=given["owner"],
                on_breach=given["on_breach"],
                decision_due_seconds=given["decision_due"],
                on_unanswered=given["on_unanswered"],
            )
            self._refuse_what_the_threshold_refuses()
        return given

    def _refuse_what_the_threshold_refuses(self) -> None:
        try:
            self.threshold.full_clean()
        except forms.ValidationError as error:
            for stored, messages in error.message_dict.items():
                name = {"decision_due_seconds": "decision_due"}.get(stored, stored)
                self.add_error(name if name in self.fields else None, messages)

    @property
    def chosen_system(self) -> AISystem | None:
        """The system as far as it is known while the rest is still being filled in."""
        given = self.data.get(self.add_prefix("system"), "") if self.is_bound else ""
        return AISystem.objects.filter(pk=int(given)).first() if given.isdecimal() and len(given) < 18 else None
