"""What people type to decide on a proposed change, to set a mode, and to confirm a threshold."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.detection.choices import Mode


def _words(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=required, max_length=20_000, widget=widget, help_text=help_text)


class ApprovalForm(forms.Form):
    """A second person agrees."""

    prefix = "approval"
    note = _words(_("Note"), required=False)


class ReturnForm(forms.Form):
    """A second person does not agree, and says why."""

    prefix = "return"
    note = _words(_("What is missing or wrong?"))


class ModeForm(forms.Form):
    """Another mode, with the reason."""

    mode = forms.ChoiceField(
        label=_("Mode"),
        choices=Mode,
        help_text=_("Pausing, retiring or shadowing an active threshold needs a second person."),
    )
    reason = _words(_("Why?"))


class ConfirmationForm(forms.Form):
    """The threshold was looked at and is right as it is."""

    prefix = "confirmation"
    reason = forms.CharField(
        label=_("What did you look at?"),
        max_length=500,
        error_messages={"required": _("Say what you looked at, then confirm again.")},
    )
