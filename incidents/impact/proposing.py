"""What the numbers say to the severity assessment. Only a notice: nobody's answers change in silence. Pure."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.classification.figures import Figures
from incidents.classification.formula import Answers
from incidents.classification.matrix import AxisName, Materialisation, read
from incidents.classification.scale import scale_of


def proposals(figures: Figures, *, answers: Mapping[str, Any], matrix: Mapping[str, Any]) -> list[str]:
    """Where the newest assessment (stored answers, by this matrix) and the numbers do not agree."""
    assessed = Answers.read(answers)
    return [*_of_scale(figures, assessed, matrix), *_of_materialisation(figures, assessed)]


def _of_scale(figures: Figures, assessed: Answers, content: Mapping[str, Any]) -> list[str]:
    matrix = read(content)
    scale = scale_of(matrix, figures.people)
    if scale is None or scale in _accepted(assessed):
        return []
    before = assessed.counted(AxisName.SCALE)
    # What could have happened is graded by those whom it could have reached, so few real people lower nothing.
    if assessed.materialisation != Materialisation.HARM and before is not None and scale < before:
        return []
    told = {"scale": scale, "anchor": matrix.anchor(AxisName.SCALE, scale), "before": before}
    if before is None:
        return [_("By these numbers the scale is %(scale)d (%(anchor)s); nobody has answered it yet.") % told]
    return [_("Scale is now %(scale)d (%(anchor)s), and the assessment says %(before)d.") % told]


def _accepted(assessed: Answers) -> set[int]:
    """Who was unsure between two answers agrees with both."""
    answer = assessed.by_axis.get(AxisName.SCALE)
    return {answer.value, answer.counted(AxisName.SCALE)} if answer else set()


def _of_materialisation(figures: Figures, assessed: Answers) -> list[str]:
    if not figures.harmed.number or assessed.materialisation == Materialisation.HARM:
        return []
    words = ngettext(
        "%(n)s person was harmed, and the assessment says: %(said)s.",
        "%(n)s people were harmed, and the assessment says: %(said)s.",
        figures.harmed.number,
    )
    return [words % {"n": f"{figures.harmed.number:,}", "said": assessed.materialisation.label}]
