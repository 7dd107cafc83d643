"""Due dates in working days, as a table."""

from datetime import date

import pytest

from incidents.response.working_days import add_working_days
from reviews.postmortem.due import due_words

# 12 November 2026 is a Thursday.
TABLE = [
    ("nothing to count on a working day", date(2026, 11, 12), 0, date(2026, 11, 12)),
    ("the next day", date(2026, 11, 12), 1, date(2026, 11, 13)),
    ("over a weekend", date(2026, 11, 12), 2, date(2026, 11, 16)),
    ("a whole week", date(2026, 11, 12), 5, date(2026, 11, 19)),
    ("two weeks", date(2026, 11, 12), 10, date(2026, 11, 26)),
    ("from a Friday", date(2026, 11, 13), 1, date(2026, 11, 16)),
    ("from a Saturday the first is Monday", date(2026, 11, 14), 1, date(2026, 11, 16)),
    ("from a Sunday the first is Monday", date(2026, 11, 15), 1, date(2026, 11, 16)),
    ("zero from a Saturday waits for Monday", date(2026, 11, 14), 0, date(2026, 11, 16)),
    ("over the end of a year", date(2026, 12, 31), 1, date(2027, 1, 1)),
    ("over a leap day", date(2028, 2, 28), 2, date(2028, 3, 1)),
]


@pytest.mark.parametrize(("start", "count", "due"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_working_days_are_counted_from_the_day_after(start, count, due):
    assert add_working_days(start, count) == due


def test_holidays_are_no_working_days():
    friday = date(2026, 11, 13)
    assert add_working_days(date(2026, 11, 12), 1, holidays={friday}) == date(2026, 11, 16)
    assert add_working_days(friday, 0, holidays={friday}) == date(2026, 11, 16)


def test_a_due_date_never_lies_before_its_start():
    with pytest.raises(ValueError, match="before its start"):
        add_working_days(date(2026, 11, 12), -1)


@pytest.mark.parametrize(
    ("due", "tone", "words"),
    [
        (date(2026, 11, 10), "critical", "overdue by 2 days"),
        (date(2026, 11, 11), "critical", "overdue by 1 day"),
        (date(2026, 11, 12), "moderate", "due today"),
        (date(2026, 11, 13), "moderate", "due in 1 day"),
        (date(2026, 11, 14), "moderate", "due in 2 days"),
        (date(2026, 11, 20), "info", "due in 8 days"),
        (None, "info", "no due date until the incident is resolved again"),
    ],
)
def test_a_due_date_is_said_in_words(due, tone, words):
    said = due_words(due, today=date(2026, 11, 12))
    assert (said.tone, said.words, said.is_overdue) == (tone, words, tone == "critical")
