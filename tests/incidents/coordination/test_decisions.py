"""Decisions: what was chosen never changes; it is confirmed, reversed in its time, disagreed with, and comes back."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from incidents.coordination.decision import Decision
from incidents.coordination.ledger import ledger_panel
from incidents.coordination.recording import Made, decisions_to_revisit, note_revisit, record_decision
from incidents.coordination.refusals import DecisionInWrongState
from incidents.notification.models import Alert
from incidents.response.refusals import AlreadyDone, ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.coordination.makers import MINUTE, draw, entries

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def decided(incident, by, *, now, **given):
    made = {"question": "Switch it off?", "options": ["Yes", "No"], "chosen": "No", "reasons": "Few people."}
    return record_decision(incident, Made(**made | {"decider": by} | given), by=by, now=now)


def fresh(decision):
    return Decision.objects.get(pk=decision.pk)


def test_a_decision_is_recorded_disagreed_with_and_its_words_stay(now, tess, lee):
    one = decided(cases.incident(now=now), tess, now=now)
    one.dissent(why="Children may read it.", by=lee, now=now)
    with pytest.raises(AlreadyDone):
        one.dissent(why="Again.", by=lee, now=now)
    with pytest.raises(AlreadyDone, match="You decided it"):
        one.dissent(why="Hm.", by=tess, now=now)
    assert [(each.person, each.why) for each in one.dissents.all()] == [(lee, "Children may read it.")]
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.filter(pk=one.pk).update(chosen="Yes")
    with pytest.raises(ReasonMissing):
        decided(one.incident, tess, now=now, reasons=" ")
    assert [entry.kind for entry in one.incident.timeline.filter(kind__startswith="decision").order_by("seq")] == [
        "decision_recorded",
        "decision_dissented",
    ]


def test_it_is_reversed_by_who_decided_while_there_is_time(now, tess, ravi):
    incident = cases.incident(now=now)
    one = decided(incident, tess, now=now, reversible_until=now + DAY)
    late = decided(incident, tess, now=now, reversible_until=now + DAY)
    with pytest.raises(NotPermitted):
        one.reverse(reason="No.", by=ravi, now=now)
    one.reverse(reason="More people than we thought.", by=tess, now=now + DAY)
    assert fresh(one).state == "reversed"
    with pytest.raises(DecisionInWrongState, match="was reversed"):
        one.confirm(note="It stands.", by=tess, now=now)
    with pytest.raises(DecisionInWrongState, match="could be taken back until"):
        late.reverse(reason="Late.", by=tess, now=now + DAY + MINUTE)
    assert fresh(late).state == "stands"


def test_it_comes_back_once_when_its_date_has_come_for_whoever_decided(now, tess, ravi):
    one = decided(cases.incident(now=now), ravi, now=now, revisit_at=now + DAY)
    assert decisions_to_revisit(now=now, most=9) == []
    assert decisions_to_revisit(now=now + DAY, most=9) == [one.pk]
    assert (note_revisit(one.pk, now=now + DAY), note_revisit(one.pk, now=now + DAY)) == (True, False)
    draw(now=now + DAY)
    assert Alert.objects.get(reason="decision_due").recipient == ravi
    assert len(entries(one.incident, "decision_due")) == 1
    with pytest.raises(ImpossibleTime):
        one.confirm(note="It stands.", revisit_at=now, by=ravi, now=now + DAY)
    one.confirm(note="It stands.", revisit_at=now + 3 * DAY, by=ravi, now=now + DAY)
    assert not fresh(one).is_due(now=now + 2 * DAY)
    assert decisions_to_revisit(now=now + 3 * DAY, most=9) == [one.pk]


def test_the_panel_takes_one_query_and_marks_what_is_due(now, tess, lee, django_assert_num_queries):
    incident = cases.incident(now=now)
    one = decided(incident, tess, now=now - DAY, revisit_at=now - MINUTE)
    one.dissent(why="No.", by=lee, now=now)
    decided(incident, tess, now=now)
    request = RequestFactory().get("/")
    request.user = lee
    with django_assert_num_queries(1):
        rows = ledger_panel(request, incident, now=now)["context"]["decisions"]
    assert [(row["key"], row["is_due"], row["others"]) for row in rows[1:]] == [(one.pk, True, lee.name)]
    assert (len(rows), rows[0]["is_due"]) == (2, False)


def test_it_is_recorded_on_its_page_and_hidden_ones_do_not_exist(now, tess, lee, client_for):
    incident = cases.incident(now=timezone.now())
    url = reverse("incidents:decisions", args=[incident.reference])
    given = {
        "question": "Tell them?",
        "options": "Yes\nNo",
        "chosen": "Perhaps",
        "reasons": "Kept.",
        "decider": tess.pk,
    }
    refused = client_for(tess).post(url, given)
    assert refused.status_code == 422 and "Choose one of the options" in refused.content.decode()
    assert "Kept." in refused.content.decode()
    client_for(tess).post(url, given | {"chosen": "Yes"})
    one = Decision.objects.get()
    assert one.options == ["Yes", "No"]
    client_for(lee).post(reverse("incidents:decision_dissent", args=[one.pk]), {"why": "Too soon."})
    shown = client_for(tess).get(reverse("incidents:decision", args=[one.pk])).content.decode()
    assert "Too soon." in shown and "Dissent from decision 1" in shown
    hidden = decided(cases.incident(now=now, visibility=Visibility.RESTRICTED), tess, now=now)
    assert client_for(lee).get(reverse("incidents:decision", args=[hidden.pk])).status_code == 404
    post = client_for(lee).post(reverse("incidents:decision_dissent", args=[hidden.pk]), {"why": "x"})
    assert (post.status_code, hidden.dissents.count()) == (404, 0)
