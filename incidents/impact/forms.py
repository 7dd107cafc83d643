"""What people type about exposure. Every number stands beside what it rests on and how sure it is."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.classification.figures import Basis, Confidence, Figure, Figures, FiguresContradict
from incidents.impact.exposure import FIGURES, Characteristic, Concern
from incidents.impact.recording import Known

MOST_PEOPLE = 10_000_000_000
MOST_JURISDICTIONS = 60
LONGEST = 5_000
CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
UNSURE = [("", gettext_lazy("—")), *Confidence.choices]


def _number(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST_PEOPLE, help_text=help_text)


def _basis() -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy("How it is known"), choices=Basis)


def _confidence() -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy("How sure"), choices=UNSURE, required=False)


def _time(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget)


class ExposureForm(forms.Form):
    """The next revision, beginning from the newest."""

    exposed = _number(gettext_lazy("People exposed"), gettext_lazy("Who met the behaviour, harmed or not."))
    exposed_basis, exposed_confidence = _basis(), _confidence()
    harmed = _number(gettext_lazy("People harmed"), gettext_lazy("Leave it empty while nobody knows; 0 means none."))
    harmed_basis, harmed_confidence = _basis(), _confidence()
    outputs = _number(gettext_lazy("Outputs affected"), gettext_lazy("Wrong answers, decisions or texts."))
    outputs_basis, outputs_confidence = _basis(), _confidence()
    since, until = _time(gettext_lazy("Since")), _time(gettext_lazy("Until"))
    jurisdictions = forms.CharField(
        label=gettext_lazy("Where they are"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Codes of countries or regions with commas between: NO, DE, US-CA, EU."),
    )
    minors = forms.ChoiceField(label=gettext_lazy("Minors among them"), choices=Concern)
    characteristics = forms.MultipleChoiceField(
        label=gettext_lazy("Protected characteristics"),
        choices=Characteristic,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Those by which people were treated worse. None ticked means: nobody has looked yet."),
    )
    group = forms.CharField(
        label=gettext_lazy("Who they are, in words"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("A group, such as: customers who asked for a refund. No names."),
    )
    grounds = forms.CharField(
        label=gettext_lazy("What the numbers rest on"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, newest: Mapping[str, Any]) -> None:
        super().__init__(data, initial=_begins_from(newest), auto_id="exposure-%s")

    def clean_jurisdictions(self) -> list[str]:
        given = [code.strip().upper() for code in self.cleaned_data["jurisdictions"].split(",") if code.strip()]
        if wrong := [code for code in given if not CODE.fullmatch(code)]:
            raise forms.ValidationError(_("“%(code)s” is no code. Use such as DE, or US-CA.") % {"code": wrong[0]})
        if len(given) > MOST_JURISDICTIONS:
            raise forms.ValidationError(_("Name %(most)d at most.") % {"most": MOST_JURISDICTIONS})
        return list(dict.fromkeys(given))

    def clean_characteristics(self) -> list[str]:
        given: list[str] = self.cleaned_data["characteristics"]
        if Characteristic.NONE in given and len(given) > 1:
            raise forms.ValidationError(_("“None” goes with no other."))
        return given

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in FIGURES:
            self._check(name)
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("It cannot end before it began."))
        if not self.errors:
            try:
                cleaned["figures"] = Figures(*(self._figure(name) for name in FIGURES))
            except FiguresContradict as contradiction:
                self.add_error("exposed", str(contradiction))
        return cleaned

    def _check(self, name: str) -> None:
        """A number without its basis says nothing, and a basis without a number is forgotten typing."""
        given = self.cleaned_data
        number, basis, sure = (given.get(f"{name}{part}") for part in ("", "_basis", "_confidence"))
        if f"{name}_basis" not in given or name in self.errors:
            return
        if basis == Basis.UNKNOWN and number is not None:
            self.add_error(f"{name}_basis", _("Say how this number is known, or leave the number empty."))
        if basis != Basis.UNKNOWN and number is None:
            self.add_error(name, _("Enter the number, or choose “Not known yet”."))
        if basis != Basis.UNKNOWN and not sure:
            self.add_error(f"{name}_confidence", _("Say how sure it is."))

    def _figure(self, name: str) -> Figure:
        """What was chosen beside a number that is not known says nothing."""
        given = self.cleaned_data
        if given[name] is None:
            return Figure()
        return Figure(given[name], Basis(given[f"{name}_basis"]), Confidence(given[f"{name}_confidence"]))

    @property
    def known(self) -> Known:
        given = self.cleaned_data
        same = {name: given[name] for name in ("figures", "grounds", "since", "until", "group", "characteristics")}
        return Known(**same, jurisdictions=given["jurisdictions"], minors=Concern(given["minors"]))

    @property
    def figure_rows(self) -> list[list[forms.BoundField]]:
        """Each number with its two choices, as the page draws them in one line."""
        return [[self[f"{name}{part}"] for part in ("", "_basis", "_confidence")] for name in FIGURES]


def _begins_from(newest: Mapping[str, Any]) -> dict[str, Any]:
    """What stands stays; what it rests on is said anew each time."""
    names = [name + part for name in FIGURES for part in ("", "_basis", "_confidence")]
    kept = {name: newest[name] for name in (*names, "since", "until", "minors", "characteristics", "group")}
    codes = ", ".join(newest["jurisdictions"] or ())
    return {name: value for name, value in kept.items() if value is not None} | {
        "jurisdictions": codes,
        "seen": newest["revision"] or 0,
    }
