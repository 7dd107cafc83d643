"""The severity matrix as a form: every word, floor and level of the next version."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.classification.matrix import TOP_SCORE, AxisName, FloorReach, Matrix, MatrixInvalid, read
from incidents.classification.models import SeverityLevel, SeverityMatrix

EMPTY_FLOORS = 2


class MatrixForm(forms.Form):
    """Starts from the version in force. `ranks` are the levels as they are now."""

    use_required_attribute = False
    seen = forms.IntegerField(widget=forms.HiddenInput)
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("Stays in the history beside what changed."),
        error_messages={"required": gettext_lazy("Say why you change the matrix. People will ask later.")},
        widget=forms.TextInput,
    )

    def __init__(
        self, data: Any, *, start: SeverityMatrix, levels: Iterable[SeverityLevel], codes: Iterable[str]
    ) -> None:
        self.start, self.start_version, self.codes = start.matrix, start.version, list(codes)
        self.ranks = {level.slug: level.rank for level in levels}
        self.matrix: Matrix | None = None
        super().__init__(data, auto_id="matrix-%s", initial={"seen": start.version})
        for axis in self.start.axes.values():
            self._add(f"title_{axis.name}", axis.title, _("Name"), 60)
            self._add(f"question_{axis.name}", axis.question, _("Question"), 200)
            for score, anchor in enumerate(axis.anchors):
                self._add(f"anchor_{axis.name}_{score}", anchor, str(score), 120)
        for code in self.codes:
            self._add_floor(code)
        for score, slug in enumerate(self.start.levels):
            label = _("Score %(score)d") % {"score": score}
            self.fields[f"level_{score}"] = forms.ChoiceField(label=label, choices=self._slugs(), initial=slug)

    @property
    def axes(self) -> list[dict[str, Any]]:
        """The axes with their fields, as the template draws them."""
        return [
            {
                "title": axis.title,
                "words": [self[f"title_{axis.name}"], self[f"question_{axis.name}"]],
                "anchors": [self[f"anchor_{axis.name}_{score}"] for score in range(len(axis.anchors))],
            }
            for axis in self.start.axes.values()
        ]

    @property
    def floors(self) -> list[dict[str, Any]]:
        return [
            {"code": code, "fields": [self[f"floor_{code}_{part}"] for part in ("words", "level", "reach")]}
            for code in self.codes
        ]

    @property
    def levels(self) -> list[Any]:
        return [self[f"level_{score}"] for score in range(TOP_SCORE + 1)]

    @property
    def content(self) -> dict[str, Any]:
        """The next version in its stored form. A floor without words is left out."""
        typed = self.cleaned_data
        return {
            "axes": [
                {
                    "name": name.value,
                    "title": typed[f"title_{name}"],
                    "question": typed[f"question_{name}"],
                    "anchors": [typed[f"anchor_{name}_{score}"] for score in range(len(self.start.axes[name].anchors))],
                }
                for name in AxisName
            ],
            "floors": [
                {"code": code, **{part: typed[f"floor_{code}_{part}"] for part in ("words", "level", "reach")}}
                for code in self.codes
                if typed[f"floor_{code}_words"]
            ],
            "levels": [typed[f"level_{score}"] for score in range(TOP_SCORE + 1)],
        }

    def clean(self) -> dict[str, Any]:
        """Keeps the matrix that was typed, where it can work; a missing reason does not keep anybody from trying it."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("seen", self.start_version) != self.start_version:
            self.errors.clear()  # the floors of an older version have other fields
            self.add_error(None, _("Somebody published a newer version meanwhile. Compare it, then publish again."))
        elif not set(self.errors) - {"why"}:
            try:
                self.matrix = read(self.content, ranks=self.ranks)
            except MatrixInvalid as invalid:
                self.add_error(None, str(invalid))
        return cleaned

    def _add(self, name: str, initial: str, label: str, most: int) -> None:
        missing = {"required": _("Write something here: people read it when they answer.")}
        self.fields[name] = forms.CharField(label=label, max_length=most, initial=initial, error_messages=missing)

    def _add_floor(self, code: str) -> None:
        floor = self.start.floor(code)
        self.fields[f"floor_{code}_words"] = forms.CharField(
            label=code, max_length=120, required=False, initial=floor.words if floor else ""
        )
        self.fields[f"floor_{code}_level"] = forms.ChoiceField(
            label=_("At least"), choices=self._slugs(), initial=floor.level if floor else self.start.levels[-1]
        )
        self.fields[f"floor_{code}_reach"] = forms.ChoiceField(
            label=_("Counts"), choices=FloorReach, initial=floor.reach if floor else FloorReach.ALWAYS
        )

    def _slugs(self) -> list[tuple[str, str]]:
        return [(slug, slug) for slug in self.ranks]


def codes_offered(versions: Iterable[SeverityMatrix], start: Matrix) -> list[str]:
    """The floors in force and a few new ones. A code that was ever used is not used again for something else."""
    used = {floor["code"] for version in versions for floor in version.content["floors"]}
    last = max((int(code[1:]) for code in used if code[1:].isdecimal()), default=0)
    return [floor.code for floor in start.floors] + [f"F{last + more}" for more in range(1, EMPTY_FLOORS + 1)]
