"""Answers to the severity questions, written short."""

from collections.abc import Collection, Sequence

from incidents.classification.formula import Answer, Answers
from incidents.classification.matrix import AxisName, Materialisation
from incidents.classification.models import SeverityMatrix
from incidents.response.assessing import Answered
from tests.incidents.cases import assistant

HARM, NEAR_MISS, HAZARD = Materialisation.HARM, Materialisation.NEAR_MISS, Materialisation.HAZARD
EXCLUDED, SUSPECTED, LIKELY, ESTABLISHED = range(4)
MILD, MODERATE, SERIOUS, GRAVE = (1, 1, 1, 1, 1), (2, 2, 1, 1, 1), (3, 2, 1, 1, 1), (4, 3, 1, 1, 1)


def answers(
    values: Sequence[int | None],
    confidence: int | None = ESTABLISHED,
    *,
    floors: str = "",
    happened: Materialisation = HARM,
    unsure: Collection[AxisName] = (),
) -> Answers:
    """Harm, rights, scale, irreversibility, spread in this order; None was not answered."""
    given = dict(zip(AxisName, (*values, confidence), strict=True))
    return Answers(
        by_axis={name: Answer(value, is_unsure=name in unsure) for name, value in given.items() if value is not None},
        floors=frozenset(floors.split()),
        materialisation=happened,
    )


def answered(given: Answers, *, reason: str = "", **evidence: str) -> Answered:
    """The answers by the matrix in force."""
    assistant()
    matrix = SeverityMatrix.current()
    assert matrix is not None
    words = {AxisName(name): said for name, said in evidence.items()}
    return Answered(matrix=matrix, answers=given, evidence=words, override_reason=reason)
