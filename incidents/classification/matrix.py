"""The severity matrix: six axes with their anchors, the floors, and the level that each score stands for. Pure.

Which axes there are and how they combine is the formula's business; every word, anchor, floor and level is data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TOP_SCORE = 4


class AxisName(models.TextChoices):
    """What is asked, in the order in which people can answer it fastest."""

    HARM = "harm", gettext_lazy("Harm")
    RIGHTS = "rights", gettext_lazy("Rights and vulnerability")
    SCALE = "scale", gettext_lazy("Scale")
    IRREVERSIBILITY = "irreversibility", gettext_lazy("Irreversibility")
    SPREAD = "spread", gettext_lazy("Spread")
    CONFIDENCE = "confidence", gettext_lazy("Confidence")


# Confidence ends at "established"; all other axes have an anchor for each score.
TOP_OF = {name: TOP_SCORE for name in AxisName} | {AxisName.CONFIDENCE: 3}


class Materialisation(models.TextChoices):
    """Whether somebody was harmed, or only could have been."""

    HARM = "harm", gettext_lazy("Somebody was harmed or met it")
    NEAR_MISS = "near_miss", gettext_lazy("Near miss: it happened, but reached nobody")
    HAZARD = "hazard", gettext_lazy("Hazard: it could happen")


class FloorReach(models.TextChoices):
    """For which incidents a floor counts."""

    ALWAYS = "always", gettext_lazy("Always")
    HARM_ONLY = "harm_only", gettext_lazy("Only when somebody was harmed")


@dataclass(frozen=True, slots=True)
class Axis:
    """One question with its anchors, the mildest first."""

    name: AxisName
    title: str
    question: str
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """A fact that makes an incident at least this bad, whatever the answers say."""

    code: str
    words: str
    level: str
    reach: FloorReach

    def counts_for(self, materialisation: Materialisation) -> bool:
        return self.reach == FloorReach.ALWAYS or materialisation == Materialisation.HARM


class MatrixInvalid(ValueError):
    """Why a matrix cannot be used; `str()` is meant for people."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """One version of the matrix, checked and ready for the formula."""

    axes: Mapping[AxisName, Axis]
    floors: tuple[Floor, ...]
    levels: tuple[str, ...]  # by score, from 0 up

    def level(self, score: int) -> str:
        return self.levels[score]

    def least_score(self, level: str) -> int:
        """The lowest score that stands for this level."""
        return self.levels.index(level)

    def anchor(self, name: AxisName, value: int) -> str:
        return self.axes[name].anchors[value]

    def floor(self, code: str) -> Floor | None:
        return next((floor for floor in self.floors if floor.code == code), None)


def read(content: Mapping[str, Any], *, ranks: Mapping[str, int] | None = None) -> Matrix:
    """A matrix from its stored form. `ranks` (level code -> rank) also checks the levels. Raises MatrixInvalid."""
    axes = {axis.name: axis for axis in map(_axis, content["axes"])}
    levels = tuple(str(slug) for slug in content["levels"])
    floors = tuple(
        Floor(str(row["code"]), str(row["words"]).strip(), str(row["level"]), FloorReach(row["reach"]))
        for row in content["floors"]
    )
    if missing := [str(name.label) for name in AxisName if name not in axes]:
        raise MatrixInvalid(_("These axes are missing: %(names)s.") % {"names": ", ".join(missing)})
    if len(levels) != TOP_SCORE + 1:
        raise MatrixInvalid(_("Name a level for each score from 0 to 4."))
    _check_floors(floors, levels)
    if ranks is not None:
        _check_levels(levels, ranks)
    return Matrix(axes={name: axes[name] for name in AxisName}, floors=floors, levels=levels)


def _axis(row: Mapping[str, Any]) -> Axis:
    name = AxisName(row["name"])
    anchors = tuple(str(anchor).strip() for anchor in row["anchors"])
    axis = Axis(name, str(row["title"]).strip(), str(row["question"]).strip(), anchors)
    if len(anchors) != TOP_OF[name] + 1 or not all(anchors) or not axis.title or not axis.question:
        raise MatrixInvalid(_("%(axis)s needs a name, a question and every anchor.") % {"axis": name.label})
    return axis


def _check_floors(floors: Sequence[Floor], levels: Sequence[str]) -> None:
    codes = [floor.code for floor in floors]
    if len(codes) != len(set(codes)):
        raise MatrixInvalid(_("Two floors have the same code."))
    for floor in floors:
        if not floor.words:
            raise MatrixInvalid(_("Floor %(code)s needs words.") % {"code": floor.code})
        if floor.level not in levels:
            raise MatrixInvalid(
                _("Floor %(code)s names %(level)s, which no score stands for.")
                % {"code": floor.code, "level": floor.level}
            )


def _check_levels(levels: Sequence[str], ranks: Mapping[str, int]) -> None:
    """A higher score never stands for a milder level."""
    if unknown := sorted(set(levels) - ranks.keys()):
        raise MatrixInvalid(_("There is no severity level %(level)s.") % {"level": ", ".join(unknown)})
    for score, (milder, worse) in enumerate(zip(levels, levels[1:], strict=False)):
        if ranks[worse] > ranks[milder]:
            raise MatrixInvalid(
                _("Score %(more)d stands for %(worse)s, which is milder than %(milder)s at score %(less)d.")
                % {"more": score + 1, "less": score, "worse": worse, "milder": milder}
            )
