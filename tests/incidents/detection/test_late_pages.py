"""What people read about breaches that were found late and about evidence that changed."""

import pytest
from django.urls import reverse

from incidents.detection.breaches import Breach
from incidents.detection.choices import OnBreach
from incidents.detection.deciding import Decision
from incidents.response.models import Incident
from tests.incidents.detection.makers import MINUTE, NOON
from tests.incidents.detection.test_late import HOUR, LATER, judged, run, send, watched  # noqa: F401 - a fixture
from tests.incidents.detection.test_ticks import at, count, judge_all  # noqa: F401 - a fixture


@pytest.fixture
def pages(client_for, mo):
    """Reads pages as a manager."""
    client = client_for(mo)

    def read(name: str, *args: object, query: str = "") -> str:
        return client.get(reverse(f"incidents:{name}", args=args) + query).content.decode()

    return read


def test_a_recorded_breach_says_when_it_was_and_that_nobody_was_asked(watched, pages, client_for, mo):  # noqa: F811
    end = NOON + 25 * HOUR
    judged(until=end)
    send(NOON + 2 * MINUTE, now=end, traffic=400, violation=32)
    run(now=end)
    breach = Breach.objects.get()
    page = pages("breach", breach.pk)
    assert "Found late" in page and "in signals that came late" in page
    assert "Recorded only: it was found more than a day after it ended" in page
    assert 'id="offer-intervention"' in page and 'id="offer-hold"' not in page
    register = pages("breaches")
    assert "Recorded only, nobody asked" in register and "Found late: over from" in register
    assert f'id="breach-{breach.pk}"' in pages("breaches", query="?show=late")
    assert f'id="breach-{breach.pk}"' not in pages("breaches", query="?show=waiting")
    assert f'id="breach-{breach.pk}"' not in pages("board")
    threshold = pages("threshold", watched.pk)
    assert "1 missed breach found" in threshold and "up to 1 d 0 h late" in threshold
    dismissal = {"dismissal-verdict": "false_alarm", "dismissal-reason": "A load test."}
    client_for(mo).post(reverse("incidents:dismissal", args=[breach.pk]), dismissal)
    breach.refresh_from_db()
    assert (breach.decision, breach.decided_by) == (Decision.DISMISS, mo)
    assert "Recorded only" not in pages("breach", breach.pk)


def test_a_late_breach_that_asks_waits_on_the_board_and_says_that_it_is_late(watched, pages):  # noqa: F811
    watched.on_breach = OnBreach.ASK
    watched.save()
    judged()
    send(NOON + 2 * MINUTE, now=LATER, traffic=400, violation=32)
    run(now=LATER)
    breach = Breach.objects.get()
    board = pages("board")
    assert f'id="breach-{breach.pk}"' in board and "found late" in board
    assert 'id="offer-hold"' not in pages("breach", breach.pk)


def test_revised_evidence_is_said_wherever_the_breach_is_read(watched, pages, at):  # noqa: F811
    count(NOON - MINUTE, answers=100, violations=9)
    judge_all()
    incident = Incident.objects.get()
    assert "Evidence revised" not in pages("incident", incident.reference)
    send(NOON - MINUTE, now=LATER, traffic=900)
    run(now=LATER)
    room = pages("incident", incident.reference)
    assert "Evidence revised: the threshold would not have fired" in room
    assert "with all signals it would not have fired" in room
    assert "with all of them this threshold would not have fired" in pages("breach", Breach.objects.get().pk)
    assert "Evidence revised" in pages("breaches")
    assert "evidence of 1 breach revised" in pages("threshold", watched.pk)
