"""Due dates in working days: Monday to Friday, without the holidays that the caller names. Pure rules."""

from collections.abc import Set
from datetime import date, timedelta

SATURDAY = 5
ONE_DAY = timedelta(days=1)
NO_HOLIDAYS: frozenset[date] = frozenset()


def is_working_day(day: date, *, holidays: Set[date] = NO_HOLIDAYS) -> bool:
    return day.weekday() < SATURDAY and day not in holidays


def add_working_days(start: date, count: int, *, holidays: Set[date] = NO_HOLIDAYS) -> date:
    """The `count`-th working day after `start`; with 0 the first working day from `start` on.

    The day of the start never counts. Raises ValueError when `count` is negative.
    """
    if count < 0:
        raise ValueError("A due date cannot lie before its start.")
    day, left = start, count
    while left > 0 or not is_working_day(day, holidays=holidays):
        day += ONE_DAY
        if left > 0 and is_working_day(day, holidays=holidays):
            left -= 1
    return day
