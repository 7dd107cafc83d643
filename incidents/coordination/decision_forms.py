"""What people type about decisions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.coordination.lane_forms import PersonField, words
from incidents.coordination.recording import Made

MOST_OPTIONS = 10
LONGEST_OPTION = 200


def _moment(label: Any, **kwargs: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, **kwargs)


class RecordForm(forms.Form):
    use_required_attribute = False
    question = forms.CharField(label=_("What was to be decided?"), max_length=300)
    options = words(_("What could have been chosen?"), help_text=_("One per line, two at least."))
    chosen = forms.CharField(
        label=_("What was chosen?"), max_length=LONGEST_OPTION, help_text=_("One of the lines above.")
    )
    reasons = words(_("Why?"))
    decider = PersonField(label=_("Who decided?"), empty_label=_("Please choose"))
    reversible_until = _moment(_("Reversible until"), help_text=_("Empty: it can be taken back at any time."))
    revisit_at = _moment(_("Look at it again"), help_text=_("It appears then for whoever decided it."))

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, initial={"decider": user.pk})

    def clean_options(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["options"].splitlines())
        options = list(dict.fromkeys(filter(None, lines)))
        if not 2 <= len(options) <= MOST_OPTIONS:
            raise forms.ValidationError(_("Write between two and ten options, one per line."))
        if any(len(option) > LONGEST_OPTION for option in options):
            raise forms.ValidationError(_("Shorten the options to 200 characters each. Reasons have their own field."))
        return options

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        chosen = str(given.get("chosen", "")).strip()
        if "options" in given and chosen and chosen not in given["options"]:
            self.add_error("chosen", _("Choose one of the options, as it is written there."))
        return given

    @property
    def made(self) -> Made:
        return Made(**self.cleaned_data)


class DecisionForm(forms.Form):
    """A form about one decision."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data, auto_id=f"{name}-%s")


class DissentForm(DecisionForm):
    why = words(_("Why would you decide otherwise?"), help_text=_("Stays beside the decision with your name."))


class ConfirmForm(DecisionForm):
    note = words(_("Why does it stand?"))
    revisit_at = _moment(_("Look at it again"), help_text=_("Empty: not any more."))


class ReverseForm(DecisionForm):
    reason = words(_("Why is it taken back?"))
