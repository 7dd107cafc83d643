"""Which answer of the scale axis numbers of people stand for. Pure.

The anchors are words that admins write. Each begins with its least number ("10–999"), so these words are the rule.
"""

import re

from incidents.classification.matrix import AxisName, Matrix

_FIRST_NUMBER = re.compile(r"^\D{0,20}?(\d[\d,.'\u2009\u202f\u00a0 ]*)")
_BETWEEN_DIGITS = re.compile(r"\D")


def scale_of(matrix: Matrix, people: int | None) -> int | None:
    """The value for so many people; None while the number is unknown or the anchors tell no numbers."""
    bounds = least_numbers(matrix)
    if people is None or not bounds or people < bounds[0]:
        return None
    return max(value for value, least in enumerate(bounds) if least <= people)


def least_numbers(matrix: Matrix) -> tuple[int, ...]:
    """From which number each anchor counts; empty when they do not tell rising numbers."""
    found = [_FIRST_NUMBER.match(anchor) for anchor in matrix.axes[AxisName.SCALE].anchors]
    bounds = tuple(int(_BETWEEN_DIGITS.sub("", match.group(1))) for match in found if match)
    rises = all(less < more for less, more in zip(bounds, bounds[1:], strict=False))
    return bounds if rises and len(bounds) == len(found) else ()
