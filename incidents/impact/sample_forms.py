"""What people type about a harm sample, and why they must read an original."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.impact.keeping import Draft
from incidents.impact.samples import Found

LONGEST = 20_000


def _words(label: Any, help_text: Any = "", *, rows: int = 4, longest: int = LONGEST) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=longest, widget=widget, help_text=help_text)


class SampleForm(forms.Form):
    """A prompt, what came out, and where from."""

    prompt = _words(gettext_lazy("What was asked"))
    output = _words(gettext_lazy("What came out"))
    found = forms.ChoiceField(label=gettext_lazy("Found by"), choices=Found, initial=Found.LOGS)
    source = forms.CharField(
        label=gettext_lazy("Source"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Where it can be found again: a log, a trace, a page."),
    )
    version = forms.CharField(
        label=gettext_lazy("System version"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"list": "versions", "autocomplete": "off"}),
    )
    language = forms.CharField(
        label=gettext_lazy("Language"), required=False, max_length=12, help_text=gettext_lazy("Such as en or nb.")
    )
    happened_at = forms.DateTimeField(
        label=gettext_lazy("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="sample-%s")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not cleaned["prompt"].strip() and not cleaned["output"].strip():
            self.add_error("output", _("Paste what was asked, what came out, or both."))
        return cleaned

    @property
    def draft(self) -> Draft:
        given = self.cleaned_data
        return Draft(**given | {"found": Found(given["found"])})


class RevealForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why must you read it as it came?"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Recorded with your name, on the timeline too. Do not repeat the words themselves."),
    )

    def __init__(self, data: Any = None, *, number: int) -> None:
        super().__init__(data, prefix=f"reveal-{number}")
