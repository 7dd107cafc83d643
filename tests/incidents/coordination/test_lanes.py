"""Lanes: which an incident needs and how soon, every move from every state, gates between them, and lateness."""

import random

import pytest
from django.core.exceptions import ValidationError

from incidents.classification.models import HarmKind
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_rules import LaneGate, LaneRule
from incidents.coordination.lane_states import LANE_MOVES, LaneState, LaneVerb
from incidents.coordination.lateness import note_lateness
from incidents.coordination.refusals import CannotSee, HeldByAnotherLane, LaneInWrongState, NotOfTheLane, WaitsForNobody
from incidents.notification.models import Alert
from incidents.response.gates import obstacles
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.refusals import HeldByGate, ReasonMissing
from incidents.response.states import State, Verb
from incidents.response.verification import verify_timeline
from incidents.response.visibility import Visibility
from incidents.systems.models import Ownership
from tests.incidents import cases
from tests.incidents.coordination.makers import DECLARED_BEFORE, MINUTE, draw, entries, incident, lane, names, sweep
from tests.racing import at_once


def kind(slug):
    return HarmKind.objects.get(slug=slug)


@pytest.mark.django_db
class TestNeeding:
    def test_a_declared_incident_gets_the_lanes_of_its_level_with_times_once(self, now):
        one = incident(now=now)
        assert names(one) == ["communications", "legal", "policy", "technical"]
        declared = now - DECLARED_BEFORE
        assert lane(one, "legal").due_at == declared + 120 * MINUTE
        assert lane(one, "technical").due_at == declared + 30 * MINUTE
        assert lane(one, "legal").terms["within_minutes"] == 120
        assert [facts["lanes"] for facts in entries(one, "lanes_needed")] == [
            ["technical", "legal", "policy", "communications"]
        ]
        assert names(incident(now=now, severity="SEV4")) == []

    def test_the_harm_kind_adds_lanes_at_triage_and_a_worse_level_tightens_what_is_not_engaged(self, now, tess, lee):
        one = incident(now=now, severity="SEV3")
        assert names(one) == ["policy", "technical"]
        one.triage(severity=one.severity, harm_kind=kind("rights_infringement"), by=tess, now=now)
        draw(now=now)
        assert names(one) == ["editorial", "legal", "policy", "technical"]
        assert lane(one, "legal").due_at == now + 480 * MINUTE
        lane(one, "legal").engage(lead=lee, by=lee, now=now)
        one.raise_severity(to=cases.level("SEV1"), by=tess, now=now + MINUTE, reason="Worse.")
        draw(now=now + MINUTE)
        assert lane(one, "policy").due_at == now + 16 * MINUTE
        assert lane(one, "legal").due_at == now + 480 * MINUTE
        assert [gate["first"] for gate in lane(one, "communications").gates] == ["legal", "policy"]

    def test_later_edits_of_a_rule_change_nothing_that_runs(self, now):
        one = incident(now=now)
        before = lane(one, "legal").due_at
        LaneRule.objects.filter(lane="legal").update(within_minutes=1)
        LaneGate.objects.all().delete()
        draw(now=now)
        again = lane(one, "legal")
        assert (again.due_at, [gate["first"] for gate in again.gates]) == (before, ["technical"])

    def test_a_reopened_incident_takes_settled_lanes_back_and_leaves_unneeded_ones(self, now, tess, ravi, mo):
        one = incident(now=now, severity="SEV3")
        lane(one, "technical").engage(lead=ravi, by=ravi, now=now)
        lane(one, "technical").settle(outcome="Found.", by=ravi, now=now)
        lane(one, "policy").mark_not_needed(reason="No.", by=mo, now=now)
        one.dismiss(by=tess, now=now, reason="A test.")
        one.reopen(by=tess, now=now + MINUTE, reason="It was none.")
        draw(now=now + MINUTE)
        assert (lane(one, "technical").state, lane(one, "technical").lead) == ("engaged", ravi)
        assert lane(one, "policy").state == "not_needed"


def act(row, verb, *, by, now, lead):
    """The verb with everything that it demands."""
    return {
        LaneVerb.ENGAGE: lambda: row.engage(lead=lead, by=by, now=now),
        LaneVerb.NAME_LEAD: lambda: row.name_lead(to=lead, by=by, now=now),
        LaneVerb.WAIT: lambda: row.wait(what="The logs", lane=Lane.TECHNICAL, by=by, now=now),
        LaneVerb.RESUME: lambda: row.resume(by=by, now=now),
        LaneVerb.SETTLE: lambda: row.settle(outcome="Judged.", by=by, now=now),
        LaneVerb.NOT_NEEDED: lambda: row.mark_not_needed(reason="Not here.", by=by, now=now),
        LaneVerb.REOPEN: lambda: row.reopen(reason="News.", by=by, now=now),
    }[verb]()


@pytest.mark.django_db
class TestMoves:
    def test_any_walk_through_the_verbs_follows_the_table_and_records_each_move(self, now, tess, ravi, lee, edie):
        """Drawn by a fixed seed: 120 tries over two lanes, possible and impossible ones."""
        LaneGate.objects.all().delete()
        one = incident(now=now, severity="SEV1")
        LaneGate.objects.all().delete()
        IncidentLane.objects.filter(incident=one).update(gates=[])
        one.hand_over(to=tess, by=tess, now=now)
        dice, moved = random.Random(4), 0
        for _turn in range(120):
            row = lane(one, dice.choice(["legal", "policy"]))
            verb, before = dice.choice(list(LaneVerb)), LaneState(row.state)
            lead = dice.choice([each for each in (ravi, lee, edie) if each.pk != row.lead_id])
            move = LANE_MOVES[verb]
            if before in move.sources:
                act(row, verb, by=tess, now=now, lead=lead)
                moved += 1
                wanted = move.to or before
                if verb is LaneVerb.REOPEN and row.lead_id:
                    wanted = LaneState.ENGAGED
                assert lane(one, row.lane).state == wanted
            else:
                with pytest.raises(LaneInWrongState, match="has the state"):
                    act(row, verb, by=tess, now=now, lead=lead)
                assert lane(one, row.lane).state == before
        assert moved > 30
        assert len(entries(one, "lane_moved")) == moved
        assert verify_timeline(one) == []

    def test_only_the_lane_and_the_lead_move_it_and_only_who_is_responsible_waives_it(self, now, tess, ravi, lee, mo):
        one = incident(now=now)
        legal = lane(one, "legal")
        for refused in (ravi, tess, mo):
            with pytest.raises(NotOfTheLane, match="the lane legal"):
                legal.engage(lead=lee, by=refused, now=now)
        with pytest.raises(NotOfTheLane, match="lead of the incident or a manager"):
            legal.mark_not_needed(reason="No.", by=lee, now=now)
        one.hand_over(to=tess, by=tess, now=now)
        legal.engage(lead=lee, by=tess, now=now)
        lane(one, "policy").mark_not_needed(reason="No policy touched.", by=mo, now=now)
        assert (lane(one, "legal").lead, lane(one, "policy").state) == (lee, "not_needed")
        with pytest.raises(ReasonMissing):
            legal.settle(outcome=" ", by=lee, now=now)
        for other in (None, Lane.LEGAL):
            with pytest.raises(WaitsForNobody):
                legal.wait(what="Logs", lane=other, by=lee, now=now)
        legal.wait(what="Logs", person=ravi, by=lee, now=now)
        assert (lane(one, "legal").state, lane(one, "legal").waits_person) == ("waiting", ravi)

    def test_a_lane_that_no_rule_demands_is_called_in_by_engaging_it(self, now, edie, mo):
        one = incident(now=now, severity="SEV4")
        with pytest.raises(LaneInWrongState, match="does not need"):
            IncidentLane(incident=one, lane="editorial").mark_not_needed(reason="No.", by=mo, now=now)
        assert names(one) == []
        IncidentLane(incident=one, lane="editorial").engage(lead=edie, by=edie, now=now)
        assert (lane(one, "editorial").state, lane(one, "editorial").due_at) == ("engaged", None)

    def test_whoever_cannot_see_a_restricted_incident_cannot_lead_a_lane_of_it(self, now, tess, lee):
        one = incident(now=now, visibility=Visibility.RESTRICTED)
        one.hand_over(to=tess, by=tess, now=now)
        with pytest.raises(CannotSee, match="cannot see this incident"):
            lane(one, "legal").engage(lead=lee, by=tess, now=now)
        assert lane(one, "legal").state == "not_engaged"


@pytest.mark.django_db
class TestGates:
    def test_a_lane_waits_for_another_by_rule_until_that_came_so_far(self, now, ravi, lee, cora, mo):
        one = incident(now=now)
        legal, comms = lane(one, "legal"), lane(one, "communications")
        legal.engage(lead=lee, by=lee, now=now)
        comms.engage(lead=cora, by=cora, now=now)
        with pytest.raises(HeldByAnotherLane, match="before technical is engaged"):
            legal.settle(outcome="Fine.", by=lee, now=now)
        with pytest.raises(HeldByAnotherLane, match="before legal is settled: what people are told"):
            comms.settle(outcome="Told.", by=cora, now=now)
        lane(one, "technical").engage(lead=ravi, by=ravi, now=now)
        legal.settle(outcome="Fine.", by=lee, now=now)
        comms.settle(outcome="Told.", by=cora, now=now)
        assert lane(one, "communications").outcome == "Told."

    def test_gates_that_would_hold_each_other_for_good_are_refused(self, now):
        incident(now=now)
        level = cases.level("SEV2")
        circle = LaneGate(lane="legal", first="communications", needs="settled", severity=level, reason="x")
        with pytest.raises(ValidationError, match="for good"):
            circle.full_clean()
        circle.needs = "engaged"
        circle.full_clean()

    def test_an_incident_closes_only_when_every_lane_is_settled_or_not_needed(self, now, tess, ravi, mo):
        one = incident(now=now, severity="SEV3", state=State.RESOLVED)
        mine = [each for each in obstacles(one, Verb.CLOSE, by=mo) if "lane" in each.sentence]
        assert [each.url for each in mine] == [
            f"/incidents/{one.reference}/lanes/{name}/" for name in ("technical", "legal", "policy")
        ]
        with pytest.raises(HeldByGate, match="The lane technical is needed and nobody is engaged"):
            one.close(by=mo, now=now)
        for row in IncidentLane.objects.filter(incident=one):
            row.mark_not_needed(reason="Small.", by=mo, now=now)
        assert not [each for each in obstacles(one, Verb.CLOSE, by=mo) if "lane" in each.sentence]


@pytest.mark.django_db
class TestLateness:
    def test_the_sweep_notes_it_once_and_calls_whoever_answers_for_the_trade(self, now, tess, lee, ravi):
        one = incident(now=now)
        Ownership.objects.create(system=one.system, role="legal", person=lee)
        due = lane(one, "legal").due_at
        assert sweep(now=lane(one, "technical").due_at) == 0
        assert sweep(now=due) == 1  # technical, due long before; legal is due, not late
        assert (sweep(now=due + MINUTE), sweep(now=due + 2 * MINUTE)) == (3, 0)
        assert [facts["lane"] for facts in entries(one, "late_escalation")].count("legal") == 1
        called = Alert.objects.get(reason="lane_late", recipient=lee)
        assert (called.state, called.subject_key.endswith("/lane/legal")) == ("open", True)
        lane(one, "legal").engage(lead=lee, by=lee, now=due + 3 * MINUTE)
        draw(now=due + 3 * MINUTE)
        called.refresh_from_db()
        assert called.state == "acknowledged"
        assert [facts["lane"] for facts in entries(one, "late_escalation")].count("legal") == 1

    def test_engaging_after_the_time_notes_it_and_engaging_in_time_does_not(self, now, tess, ravi, lee):
        one = incident(now=now)
        technical, legal = lane(one, "technical"), lane(one, "legal")
        technical.engage(lead=ravi, by=ravi, now=technical.due_at)
        legal.engage(lead=lee, by=lee, now=legal.due_at + MINUTE)
        assert [facts["lane"] for facts in entries(one, "late_escalation")] == ["legal"]
        assert (lane(one, "technical").is_late, lane(one, "legal").late_noted_at) == (False, legal.due_at + MINUTE)
        assert not Alert.objects.filter(reason="lane_late").exists()

    def test_nobody_is_called_for_an_incident_that_ended_and_the_named_lead_hears_of_it(self, now, tess, lee):
        ended, one = incident(now=now), incident(now=now)
        ended.dismiss(by=tess, now=now, reason="A test.")
        assert sweep(now=now + 60 * MINUTE) == 1  # technical of the open one
        assert entries(ended, "late_escalation") == []
        one.hand_over(to=tess, by=tess, now=now)
        lane(one, "legal").engage(lead=lee, by=tess, now=now, note="Is a promise binding?")
        draw(now=now)
        assert Alert.objects.get(reason="lane_led").recipient == lee

    def test_the_mail_about_a_restricted_incident_says_only_where_to_look(self, now, tess):
        one = incident(now=now, visibility=Visibility.RESTRICTED)
        sweep(now=now + 60 * MINUTE)
        mail = Alert.objects.get(reason="lane_late").delivery
        assert one.title not in mail.body and one.reference in mail.body and "/lanes/technical/" in mail.body


@pytest.mark.django_db(transaction=True)
def test_two_workers_note_it_once_and_two_colleagues_engage_once(now, lee):
    row = lane(incident(now=now), "legal")
    found, _refused = at_once(*[lambda: note_lateness(row.pk, now=row.due_at + MINUTE)] * 2)
    assert sorted(found) == [False, True]
    _found, refused = at_once(
        *[lambda: IncidentLane.objects.get(pk=row.pk).engage(lead=lee, by=lee, now=row.due_at)] * 2
    )
    assert len(refused) == 1
    one = Incident.objects.get(pk=row.incident_id)
    assert (len(entries(one, "late_escalation")), len(entries(one, "lane_moved"))) == (1, 1)
