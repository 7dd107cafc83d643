"""The one form of the demo's own pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.local.product.levers import VERSIONS, Flag


class LeverForm(forms.Form):
    """Which model answers and whether refund questions are answered by it."""

    model = forms.ChoiceField(label=_("Model in production"), choices=[(version, version) for version in VERSIONS])
    flag = forms.ChoiceField(
        label=_("Refund answers"),
        choices=[(Flag.ON.value, _("On: by the model")), (Flag.OFF.value, _("Off: a fixed answer"))],
    )
