"""From answers to a level: the same answers always give the same level and the same sentence. Pure.

The worse of harm and rights is the base. It becomes one worse when the cause is at least likely and the harm reaches
far, is hard to undo or spreads fast. Hazards and near misses count one less. Floors come last. Never a sum, never an
average; low confidence never lowers a level, it makes it provisional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from incidents.classification.matrix import TOP_OF, TOP_SCORE, AxisName, Floor, Materialisation, Matrix

BASE = (AxisName.HARM, AxisName.RIGHTS)
REACH = (AxisName.SCALE, AxisName.IRREVERSIBILITY, AxisName.SPREAD)
FAR = 3
LIKELY = 2


class TooLittleAnswered(ValueError):
    """Neither harm nor rights nor a floor is known: nothing can be computed yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The anchor that was picked. Who is unsure whether it is the next one counts as that one."""

    value: int
    is_unsure: bool = False

    def counted(self, name: AxisName) -> int:
        return min(self.value + self.is_unsure, TOP_OF[name])


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of an incident. An axis without an answer is unknown, which is not zero."""

    by_axis: Mapping[AxisName, Answer] = field(default_factory=dict)
    floors: frozenset[str] = frozenset()
    materialisation: Materialisation = Materialisation.HARM

    def counted(self, name: AxisName) -> int | None:
        answer = self.by_axis.get(name)
        return None if answer is None else answer.counted(name)

    @property
    def is_enough(self) -> bool:
        return bool(self.floors) or any(name in self.by_axis for name in BASE)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """From the form in which an assessment keeps them."""
        return cls(
            by_axis={
                AxisName(name): Answer(row["value"], is_unsure=row["unsure"]) for name, row in stored["axes"].items()
            },
            floors=frozenset(stored["floors"]),
            materialisation=Materialisation(stored["materialisation"]),
        )

    @property
    def as_stored(self) -> dict[str, Any]:
        """Axes in their order, floors sorted: equal answers are stored alike."""
        return {
            "axes": {
                name.value: {"value": self.by_axis[name].value, "unsure": self.by_axis[name].is_unsure}
                for name in AxisName
                if name in self.by_axis
            },
            "floors": sorted(self.floors),
            "materialisation": self.materialisation.value,
        }


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Each step of the way, for the sentence that explains it."""

    base: int | None
    decisive: tuple[AxisName, ...]
    far: tuple[AxisName, ...]
    eased_from: int | None
    floors: tuple[Floor, ...]
    ignored_floors: tuple[Floor, ...]
    unfloored: int
    score: int
    doubtful: int | None
    unknown: tuple[AxisName, ...]
    unsure: tuple[AxisName, ...]

    @property
    def is_provisional(self) -> bool:
        return self.doubtful is not None or bool(self.unknown or self.unsure)


def reckon(matrix: Matrix, answers: Answers) -> Reckoning:
    """The level step by step. Raises TooLittleAnswered."""
    if not answers.is_enough:
        raise TooLittleAnswered
    known = {name: counted for name in AxisName if (counted := answers.counted(name)) is not None}
    base = max((known[name] for name in BASE if name in known), default=None)
    confidence = known.get(AxisName.CONFIDENCE)
    far = _far(known, base, confidence)
    score = (base or 0) + bool(far)
    is_harm = answers.materialisation == Materialisation.HARM
    eased = max(score - (not is_harm), 0)
    ticked = [floor for floor in matrix.floors if floor.code in answers.floors]
    floors = tuple(floor for floor in ticked if floor.counts_for(answers.materialisation))
    return Reckoning(
        base=base,
        decisive=tuple(name for name in BASE if name in known and known[name] == base),
        far=far,
        eased_from=None if is_harm or base is None else score,
        floors=floors,
        ignored_floors=tuple(floor for floor in ticked if floor not in floors),
        unfloored=eased,
        score=max(eased, *(matrix.least_score(floor.level) for floor in floors)) if floors else eased,
        doubtful=confidence if confidence is not None and confidence < LIKELY else None,
        unknown=tuple(name for name in AxisName if name not in known),
        unsure=tuple(name for name in AxisName if name in known and answers.by_axis[name].is_unsure),
    )


def _far(known: Mapping[AxisName, int], base: int | None, confidence: int | None) -> tuple[AxisName, ...]:
    """The axes that make it one level worse; none where nothing can be worse."""
    if base is None or base >= TOP_SCORE or confidence is None or confidence < LIKELY:
        return ()
    return tuple(name for name in REACH if known.get(name, 0) >= FAR)
