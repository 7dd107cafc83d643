"""The clocks of lanes, sign-offs, handoffs and reviews: on the page of an incident, on the board, in my work."""

from datetime import timedelta

import pytest
from django.urls import reverse

from airp.accounts.roles import Role
from incidents.coordination.asking import Wanted, ask
from incidents.coordination.handoffs.offering import Offer, offer
from incidents.coordination.recording import Made, record_decision
from incidents.coordination.work import my_lanes, my_revisits, my_sign_offs
from incidents.response.models import Incident, IncidentKind
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.coordination.makers import MINUTE, draw, lane
from tests.incidents.coordination.makers import incident as with_lanes

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def busy(now, tess, ravi):
    """Nobody of a lane is there; a text waits for legal, and the lead for Ravi."""
    made = with_lanes(now=now, state=State.TRIAGED)
    wanted = Wanted(title="Notice", content="Sorry.", why_now="Noon.", due_at=now + 40 * MINUTE, role=Role.LEGAL)
    ask(made, wanted, by=tess, now=now)
    given = {"receiver": ravi, "due_at": now + 30 * MINUTE, "words": {"standing": "Quiet."}}
    offer(Offer(incident=made, **given), by=tess, now=now)
    return made


def clocks_of(client, incident):
    page = client.get(reverse("incidents:incident", args=[incident.reference]))
    return [(str(row["label"]), row["due_at"], row["met_at"] is not None) for row in page.context["clocks"]]


def test_what_is_next_stands_on_top_and_what_was_kept_below(busy, now, lee, client_for):
    client = client_for(lee)
    found = clocks_of(client, busy)
    soonest = min(each.due_at for each in busy.lanes.all() if each.due_at)
    assert {"Handoff to answer: Ravi Responder", "Sign-off: Notice"} <= {label for label, _due, _met in found}
    assert [due for label, due, _met in found if label.startswith("Engage the lane")] == [soonest]
    running = [due for _label, due, met in found if not met]
    assert running == sorted(running) and [met for *_rest, met in found] == sorted(met for *_rest, met in found)
    for each in busy.lanes.all():
        lane(busy, each.lane).mark_not_needed(reason="Not here.", by=lead_of(busy), now=now)
    assert not any(label.startswith("Engage") for label, *_rest in clocks_of(client, busy))


def lead_of(incident):
    return Incident.objects.get(pk=incident.pk).lead


def test_a_resolved_incident_runs_the_clock_of_its_review_alone(now, mo, client_for):
    resolved = cases.incident(now=now, state=State.RESOLVED)
    draw(now=now)
    running = [label for label, _due, met in clocks_of(client_for(mo), resolved) if not met]
    assert running == ["Review signed off"]
    row = client_for(mo).get(reverse("incidents:board")).context["rows"][0]
    assert (row["due"], row["promise"]) == (None, "review")


def test_a_row_of_the_board_shows_the_promise_that_is_due_first(busy, now, lee, client_for):
    rows = {row["id"]: row for row in client_for(lee).get(reverse("incidents:board")).context["rows"]}
    first = min((each.due_at, each.lane) for each in busy.lanes.all() if each.due_at)
    expected = f"engage {first[1]}" if first[0] < now + 30 * MINUTE else "handoff"
    assert rows[busy.pk]["promise"] == expected and rows[busy.pk]["clock"]
    busy.lanes.update(state="not_needed", outcome="x", ended_at=now)
    rows = {row["id"]: row for row in client_for(lee).get(reverse("incidents:board")).context["rows"]}
    assert rows[busy.pk]["promise"] == "handoff"


def test_my_work_has_what_waits_in_lanes_sign_offs_and_decisions_with_the_reason(busy, now, tess, lee, ravi):
    called = {item.url: item.why for item in my_lanes(lee, now=now, most=9)}
    assert called == {f"/incidents/{busy.reference}/lanes/legal/": "your role is called in and nobody is engaged"}
    lane(busy, "legal").engage(lead=lee, by=lee, now=now)
    lane(busy, "legal").wait(what="The contract.", person=ravi, by=lee, now=now)
    assert [item.why for item in my_lanes(lee, now=now, most=9)] == ["you lead it, and it waits: The contract."]
    assert "it waits for you: The contract." in [item.why for item in my_lanes(ravi, now=now, most=9)]
    assert [(item.title, item.why) for item in my_sign_offs(lee, now=now, most=9)] == [
        ("Notice", "asked of your role by Tess Triager")
    ]
    assert my_sign_offs(tess, now=now, most=9) == []
    given = {"question": "Tell them?", "options": ["Yes"], "chosen": "Yes", "reasons": "Fair.", "decider": lee}
    record_decision(busy, Made(**given, revisit_at=now + HOUR), by=lee, now=now)
    assert my_revisits(lee, now=now, most=9) == []
    later = now + 2 * HOUR
    assert [item.why for item in my_revisits(lee, now=later, most=9)] == ["you decided it"]
    assert [item.why for item in my_revisits(tess, now=later, most=9)] == ["you lead the incident"]
    assert my_revisits(ravi, now=later, most=9) == []


def test_nothing_of_a_restricted_incident_waits_for_outsiders_and_drills_are_marked(busy, now, lee, mo, ravi):
    drill = with_lanes(now=now, kind=IncidentKind.DRILL)
    assert {item.about: item.is_drill for item in my_lanes(lee, now=now, most=9)} == {
        busy.reference: False,
        drill.reference: True,
    }
    busy.set_visibility(to=Visibility.RESTRICTED, by=mo, now=now, reason="Named people.")
    assert [item.about for item in my_lanes(lee, now=now, most=9)] == [drill.reference]
    assert my_sign_offs(lee, now=now, most=9) == []
