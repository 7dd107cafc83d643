"""What people type for limits and stretches of time, and how these are stored. Pure.

Limits are stored as whole numbers: a share in parts per million, a score in millionths, a change or a burn rate in
thousandths. People type 2.5 for 2.5 %, 0.8 for a score, 3 for three times, and "10 min", "2 h" or "7 days".
"""

import re
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

SCALES = {"ratio": 10_000, "mean": 1_000_000, "baseline": 1_000, "burn": 1_000}
PERCENT = 10_000  # parts per million in one percent
LARGEST = Decimal(10) ** 12
_UNITS = {"s": 1, "sec": 1, "m": 60, "min": 60, "minute": 60, "h": 3_600, "hour": 3_600, "d": 86_400, "day": 86_400}
_STRETCH = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)\s*([a-z]*)")


class NotUnderstood(ValueError):
    """What was typed is no such quantity. `str()` says what would be one."""


def seconds_of(text: str) -> int:
    """A stretch of time in seconds. A bare number is minutes. Raises NotUnderstood."""
    found = _STRETCH.fullmatch(text.strip().lower())
    unit = found[2] if found else ""
    size = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s")) or (60 if not unit else 0)
    if found is None or not size:
        raise NotUnderstood(_("Write a number with its unit, for example 5 min, 2 h or 7 days."))
    return int(Decimal(found[1]) * size)


def scaled(text: str, scale: int) -> int:
    """A typed number as it is stored. Raises NotUnderstood."""
    try:
        number = Decimal(text.strip().removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        raise NotUnderstood(_("Write a number, for example 2.5.")) from None
    if not number.is_finite() or abs(number) > LARGEST:
        raise NotUnderstood(_("Write a number, for example 2.5."))
    stored = number * scale
    if stored != stored.to_integral_value():
        if scale == 1:
            raise NotUnderstood(_("Write a whole number."))
        raise NotUnderstood(_("That is finer than what can be stored: write fewer places."))
    return int(stored)


def typed(stored: int, scale: int) -> str:
    """A stored number as people would type it: 2.5, not 25000."""
    number = Decimal(stored) / scale
    return f"{number.normalize():f}" if number else "0"
