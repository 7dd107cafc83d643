"""Parts that are drawn once: the same values, zone and language give the same markup, anything else gives its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from airp.web import remembered, times

ENTRY = "shell/timeline.html#entry"
AT = datetime(2026, 11, 12, 13, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    remembered._part.cache_clear()
    yield
    remembered._part.cache_clear()


def entry(**changes: object) -> dict[str, object]:
    usual = {"id": 3, "at": AT, "what": "Note", "who": "Ravi Rao", "tone": "info", "icon": "send"}
    return {**usual, "reason": "Because.", "text": "", **changes}


def test_the_same_values_are_drawn_once() -> None:
    assert remembered.part(ENTRY, entry()) == remembered.part(ENTRY, entry())
    assert remembered._part.cache_info().misses == 1


@pytest.mark.parametrize(
    "changes",
    [{"id": 4}, {"who": "Lee Long"}, {"what": "Update"}, {"reason": "Another."}, {"reason": "", "text": "Another."}],
)
def test_a_changed_value_is_seen_at_once(changes: dict[str, object]) -> None:
    before = remembered.part(ENTRY, entry())
    after = remembered.part(ENTRY, entry(**changes))
    assert after != before
    assert str(next(value for value in changes.values() if value)) in after


def test_each_zone_reads_its_own_times() -> None:
    with timezone.override(ZoneInfo("Asia/Kolkata")):
        there = remembered.part(ENTRY, entry())
        assert times.absolute(AT) == "12 Nov 2026, 18:32 IST"
    with timezone.override(ZoneInfo("America/New_York")):
        here = remembered.part(ENTRY, entry())
        assert times.absolute(AT) == "12 Nov 2026, 08:02 EST"
    assert "18:32 IST" in there
    assert "08:02 EST" in here
    assert "IST" not in here


def test_each_language_is_drawn_by_itself() -> None:
    remembered.part(ENTRY, entry())
    with translation.override("de"):
        remembered.part(ENTRY, entry())
    assert remembered._part.cache_info().misses == 2


def test_text_is_escaped_even_where_the_same_characters_were_drawn_as_markup_before() -> None:
    markup = remembered.part(ENTRY, entry(reason=mark_safe("<b>x</b>")))
    text = remembered.part(ENTRY, entry(reason="<b>x</b>"))
    assert "<b>x</b>" in markup
    assert "<b>x</b>" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
