"""The judgement of a set of answers: the level, the sentence that says why, and whether it is provisional. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from incidents.classification.formula import Answers, Reckoning, reckon
from incidents.classification.matrix import AxisName, Floor, Materialisation, Matrix


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the answers come to."""

    level: str
    why: str
    is_provisional: bool


def judge(matrix: Matrix, answers: Answers) -> Judgement:
    """The level that the answers give. Raises TooLittleAnswered."""
    steps = reckon(matrix, answers)
    return Judgement(
        level=matrix.level(steps.score),
        why=" ".join(_sentences(matrix, answers, steps)),
        is_provisional=steps.is_provisional,
    )


def _sentences(matrix: Matrix, answers: Answers, steps: Reckoning) -> Iterable[str]:
    if steps.base is not None:
        yield _("%(answers)s: %(level)s.") % {
            "answers": _and(_answer(matrix, answers, name) for name in steps.decisive),
            "level": matrix.level(steps.base),
        }
    if steps.far:
        yield _("One level worse, as the cause is “%(cause)s” and it reaches far: %(answers)s.") % {
            "cause": matrix.anchor(AxisName.CONFIDENCE, answers.counted(AxisName.CONFIDENCE) or 0),
            "answers": _and(_answer(matrix, answers, name) for name in steps.far),
        }
    if steps.eased_from is not None:
        yield _eased(answers.materialisation)
    yield from (_floor(matrix, steps, floor) for floor in steps.floors)
    for floor in steps.ignored_floors:
        yield _("“%(words)s” counts only when somebody was harmed.") % {"words": floor.words}
    if steps.is_provisional:
        yield _("Provisional: %(points)s.") % {"points": "; ".join(_open_points(matrix, steps))}


def _eased(materialisation: Materialisation) -> str:
    if materialisation == Materialisation.HAZARD:
        return _("One level less, as it could happen but has not: a hazard.")
    return _("One level less, as it reached nobody: a near miss.")


def _floor(matrix: Matrix, steps: Reckoning, floor: Floor) -> str:
    facts = {"words": floor.words, "level": floor.level}
    if matrix.least_score(floor.level) > steps.unfloored:
        return _("“%(words)s” makes it at least %(level)s.") % facts
    return _("“%(words)s” asks for at least %(level)s, which it is.") % facts


def _open_points(matrix: Matrix, steps: Reckoning) -> Iterable[str]:
    if steps.doubtful is not None:
        yield _("the cause is only “%(anchor)s”") % {"anchor": matrix.anchor(AxisName.CONFIDENCE, steps.doubtful)}
    if steps.unsure:
        yield _("unsure, so the higher answer counts: %(axes)s") % {"axes": _titles(matrix, steps.unsure)}
    if steps.unknown:
        yield _("not known yet: %(axes)s") % {"axes": _titles(matrix, steps.unknown)}


def _answer(matrix: Matrix, answers: Answers, name: AxisName) -> str:
    anchor = matrix.anchor(name, answers.counted(name) or 0)
    return _("%(axis)s “%(anchor)s”") % {"axis": matrix.axes[name].title, "anchor": anchor}


def _titles(matrix: Matrix, names: Iterable[AxisName]) -> str:
    return ", ".join(matrix.axes[name].title.lower() for name in names)


def _and(parts: Iterable[str]) -> str:
    *first, last = parts
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last
