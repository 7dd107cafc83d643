"""The severity questions as part of a form: how they are offered, what was answered, and which level comes out.

All of them are optional. A picked level goes before the computed one, and then needs a reason.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.classification.formula import BASE, Answer, Answers
from incidents.classification.judging import judge
from incidents.classification.matrix import AxisName, Materialisation
from incidents.classification.models import SeverityLevel, SeverityMatrix
from incidents.desk.drawn_questions import DrawnQuestions
from incidents.response.assessing import Answered, level_called
from incidents.response.assessments import Assessment
from incidents.response.refusals import NoSuchLevel

MOST_EVIDENCE = 300


class AnsweringForm(DrawnQuestions, forms.Form):
    """Mixed into the forms that may grade an incident. Call `ask` with the matrix before anything is read.

    The field that `level_field` names holds the picked level, or nothing for "as the answers say".
    """

    def ask(
        self,
        matrix: SeverityMatrix | None,
        *,
        levels: Mapping[str, Mapping[str, Any]],
        before: Assessment | None = None,
    ) -> None:
        """Add a field per question. `levels` (code -> id, name, tone) are for drawing; `before` was answered last."""
        self.matrix, self.known_levels = matrix, levels
        if matrix is None:
            return
        self.fields["matrix"] = forms.IntegerField(required=False, min_value=1, initial=matrix.version)
        self.fields["happened"] = forms.ChoiceField(
            choices=Materialisation, required=False, initial=Materialisation.HARM
        )
        for axis in matrix.matrix.axes.values():
            values = [("", ""), *((str(value), anchor) for value, anchor in enumerate(axis.anchors))]
            self.fields[f"axis_{axis.name}"] = forms.ChoiceField(label=axis.title, choices=values, required=False)
            self.fields[f"unsure_{axis.name}"] = forms.BooleanField(required=False)
            self.fields[f"evidence_{axis.name}"] = forms.CharField(max_length=MOST_EVIDENCE, required=False)
        floors = [(floor.code, floor.words) for floor in matrix.matrix.floors]
        self.fields["floors"] = forms.MultipleChoiceField(choices=floors, required=False)
        self.fields["override_reason"] = forms.CharField(
            label=gettext_lazy("Why another level"), max_length=2000, required=False
        )
        if before is not None:
            self.initial = {**self.initial, **_as_initial(before)}

    def answers(self) -> Answers:
        """What is ticked at this moment, typed or filled in. Nonsense counts as not answered."""
        assert self.matrix is not None
        anchors = {name: axis.anchors for name, axis in self.matrix.matrix.axes.items()}
        picked = {name: str(self.value_of(f"axis_{name}") or "") for name in AxisName}
        happened = self.value_of("happened")
        return Answers(
            by_axis={
                name: Answer(int(value), is_unsure=bool(self.value_of(f"unsure_{name}")))
                for name, value in picked.items()
                if value in map(str, range(len(anchors[name])))
            },
            floors=frozenset(
                floor.code for floor in self.matrix.matrix.floors if floor.code in (self.value_of("floors") or ())
            ),
            materialisation=Materialisation(happened) if happened in Materialisation.values else Materialisation.HARM,
        )

    @property
    def preview(self) -> dict[str, Any] | None:
        """What the answers come to at this moment; None while they are too few."""
        answers = self.answers() if self.matrix else Answers()
        if self.matrix is None or not answers.is_enough:
            return None
        judged = judge(self.matrix.matrix, answers)
        about = self.known_levels.get(judged.level, {})
        return {
            "level": f"{judged.level} {about.get('name', '')}".strip(),
            "slug": judged.level,
            "tone": about.get("tone", "info"),
            "why": judged.why,
            "is_provisional": judged.is_provisional,
        }

    def clean(self) -> dict[str, Any]:
        """Adds `answered`: None when no question was answered, else the answers, which then have a level."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["answered"] = None
        if self.matrix is None or self.errors:
            return cleaned
        answers = self.answers()
        if not answers.by_axis and not answers.floors:
            return cleaned
        if cleaned.get("matrix") not in (None, self.matrix.version):
            self.add_error(None, _("Another version of the questions was published meanwhile. Check your answers."))
        elif not answers.is_enough:
            self.add_error(f"axis_{BASE[0]}", _("Answer at least what the harm is, or who is concerned."))
        else:
            self._judge(cleaned, answers, self.matrix)
        return cleaned

    def _judge(self, cleaned: dict[str, Any], answers: Answers, matrix: SeverityMatrix) -> None:
        evidence = {name: cleaned[f"evidence_{name}"] for name in AxisName if name in answers.by_axis}
        answered = Answered(
            matrix=matrix, answers=answers, evidence=evidence, override_reason=cleaned["override_reason"]
        )
        picked: SeverityLevel | None = cleaned.get(self.level_field)
        computed = answered.judgement.level
        if picked is not None and picked.slug != computed and not answered.override_reason.strip():
            words = _("The answers give %(computed)s. Say why you choose %(picked)s, or go by the answers.")
            self.add_error("override_reason", words % {"computed": computed, "picked": picked.slug})
            return
        try:
            cleaned[self.level_field] = picked or level_called(computed)
        except NoSuchLevel as gone:
            self.add_error(self.level_field, str(gone))
            return
        cleaned["answered"] = answered


def _as_initial(before: Assessment) -> dict[str, Any]:
    """The last answers as values of the fields, with their evidence where it was not erased."""
    answers, words = before.as_answers, getattr(before, "words", None)
    initial: dict[str, Any] = {"happened": before.materialisation, "floors": sorted(answers.floors)}
    for name, answer in answers.by_axis.items():
        initial |= {f"axis_{name}": str(answer.value), f"unsure_{name}": answer.is_unsure}
    for name, said in (words.evidence if words else {}).items():
        initial[f"evidence_{name}"] = said
    return initial
