"""The template tags: what they write, what they refuse, that they escape."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone

NOW = datetime(2026, 11, 12, 13, 2, 9, tzinfo=UTC)


def draw(source: str, **context: object) -> str:
    return Template(source).render(Context({"now": NOW} | context))


@pytest.fixture(autouse=True)
def _in_oslo():
    with timezone.override(ZoneInfo("Europe/Oslo")):
        yield


def test_a_badge_carries_text_and_shape():
    drawn = draw("{% badge 'critical' 'SEV1' %}")
    assert 'class="badge critical' in drawn
    assert '<i aria-hidden="true"></i>SEV1' in drawn


def test_a_badge_escapes_its_text():
    assert "<script>" not in draw("{% badge 'low' text %}", text="<script>alert(1)</script>")


def test_a_badge_refuses_an_unknown_tone():
    with pytest.raises(TemplateSyntaxError, match="no tone"):
        draw("{% badge 'purple' 'SEV1' %}")


def test_an_icon_is_decoration_unless_it_has_a_label():
    assert 'aria-hidden="true"' in draw("{% icon 'check' %}")
    assert 'role="img" aria-label="Met"' in draw("{% icon 'check' 'Met' %}")


def test_a_recent_moment_says_distance_and_local_time():
    drawn = draw("{% when at %}", at=NOW - timedelta(minutes=4))
    assert 'datetime="2026-11-12T12:58:09Z"' in drawn
    assert ">4 min ago</time>" in drawn
    assert ">13:58</span>" in drawn
    assert "2026-11-12 12:58:09 UTC" in drawn


def test_an_old_moment_says_the_date_alone():
    drawn = draw("{% when at %}", at=NOW - timedelta(days=12))
    assert "31 Oct, 14:02" in drawn
    assert "data-tick" not in drawn


def test_a_moment_of_a_record_is_absolute_with_its_zone():
    assert ">12 Nov 2026, 14:02 CET</time>" in draw("{% moment at %}", at=NOW)


def test_an_unknown_moment_is_a_dash():
    for tag in ("when", "age", "moment"):
        assert "—" in draw(f"{{% {tag} at %}}", at=None)


@pytest.mark.parametrize(
    ("due", "met_at", "state", "tone", "words"),
    [
        (12, None, "due", "moderate", "in 12 min"),
        (185, None, "due", "info", "in 3 h 05 min"),
        (-2, None, "overdue", "critical", "overdue by 2 min"),
        (5, -1, "met", "good", "met"),
        (-5, -1, "late", "moderate", "met 4 min late"),
    ],
)
def test_a_clock_tells_how_its_promise_stands(due, met_at, state, tone, words):
    drawn = draw(
        "{% clock 'Next update' due met %}",
        due=NOW + timedelta(minutes=due),
        met=None if met_at is None else NOW + timedelta(minutes=met_at),
    )
    assert f'data-clock="{state}"' in drawn
    assert f'class="dot {tone}"' in drawn
    assert words in drawn


@pytest.mark.parametrize(
    ("due", "risk", "state", "words"),
    [(60, 45, "due", "on track"), (60, -1, "risk", "at risk"), (-2, -9, "overdue", "breached")],
)
def test_a_clock_with_a_time_of_risk_says_how_it_stands(due, risk, state, words):
    moments = {"due": NOW + timedelta(minutes=due), "risk": NOW + timedelta(minutes=risk)}
    drawn = draw("{% clock '<Legal>' due risk_at=risk url='/x/' %}", **moments)
    assert f'data-clock="{state}"' in drawn and f">{words}</span>" in drawn
    assert '<a href="/x/">&lt;Legal&gt;</a>' in drawn


def test_a_due_clock_says_both_ways_when_it_is_due():
    drawn = draw("{% clock 'Next update' due %}", due=NOW + timedelta(minutes=12))
    assert "14:14 CET, <time" in drawn


def test_a_person_is_short_with_the_whole_name_on_hover():
    amara = SimpleNamespace(name="Amara <Okafor>", short_name="Amara O.")
    drawn = draw("{% person who %}", who=amara)
    assert ">Amara O.</span>" in drawn
    assert 'title="Amara &lt;Okafor&gt;"' in drawn
    assert "nobody" in draw("{% person None %}")
