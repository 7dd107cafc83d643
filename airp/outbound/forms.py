"""Forms of the delivery pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.outbound.queries import Show


class ReasonForm(forms.Form):
    """Why a person puts a delivery back or gives it up."""

    reason = forms.CharField(label=_("Reason"), max_length=500, help_text=_("Goes on record with your name."))


class ListForm(forms.Form):
    """The state of the list, from its address."""

    show = forms.TypedChoiceField(
        choices=[(choice.value, choice.value) for choice in Show], coerce=Show, required=False, empty_value=Show.FAILED
    )
    before = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    after = forms.IntegerField(min_value=1, max_value=2**62, required=False)
