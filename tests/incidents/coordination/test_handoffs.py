"""Handoffs: a lead, a lane or a shift changes hands when the packet is accepted, once, and only what may be seen."""

import random
import threading
from datetime import time, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from airp.audit.models import AuditEntry
from incidents.coordination.asking import Wanted, ask
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.offering import Offer, offer, revise, shift_of
from incidents.coordination.handoffs.queries import my_handoffs, tally_for
from incidents.coordination.handoffs.records import HandoffItem
from incidents.coordination.handoffs.reminding import due_handoffs, remind_of_handoff
from incidents.coordination.handoffs.states import HANDOFF_MOVES, HandoffState, HandoffVerb, Rating
from incidents.coordination.refusals import (
    CannotBeOffered,
    ChangedMeanwhile,
    HandoffInWrongState,
    NotTheReceiver,
)
from incidents.notification.models import Alert
from incidents.notification.rota.arranging import arrange_order
from incidents.notification.rota.records import Rota, RotaOverride
from incidents.playbooks.adding import Assignment, add_task
from incidents.response.models import Incident
from incidents.response.packets import Section, prefilled
from incidents.response.people import IncidentRole
from incidents.response.refusals import AlreadyDone, ImpossibleTime, NotPermitted, ReasonMissing, Refusal
from incidents.response.states import State
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.coordination.makers import MINUTE, draw, entries, lane
from tests.incidents.coordination.makers import incident as with_lanes

HOUR = 60 * MINUTE
WORDS = {"standing": "We watch the rate.", "risks": "It may come back at night."}


def led(by, *, now, **given):
    made = cases.incident(now=now, **given)
    if made.lead_id != by.pk:
        made.hand_over(to=by, by=by, now=now)
    return made


def offered(to, by, *, now, **given):
    wanted = {"receiver": to, "due_at": now + HOUR, "words": WORDS} | given
    return offer(Offer(**wanted), by=by, now=now)


def fresh(handoff):
    return Handoff.objects.get(pk=handoff.pk)


@pytest.fixture
def one(now, tess, ravi):
    return offered(ravi, tess, now=now, incident=led(tess, now=now))


def lead_of(handoff):
    return Incident.objects.get(pk=handoff.incident_id).lead


@pytest.mark.django_db
class TestAnswering:
    def test_the_lead_changes_hands_when_the_packet_is_accepted_and_not_before(self, one, now, tess, ravi):
        assert lead_of(one) == tess
        one.accept(seen=1, by=ravi, now=now + MINUTE)
        assert lead_of(one) == ravi
        kept = fresh(one)
        assert (kept.state, kept.waited, kept.returned_count) == ("accepted", MINUTE, 0)
        kinds = list(one.incident.timeline.order_by("-seq").values_list("kind", "actor__email")[:2])
        assert kinds == [("handoff_accepted", ravi.email), ("handed_over", tess.email)]
        draw(now=now)
        assert fresh(one).state == "accepted"

    def test_only_the_receiver_answers_and_only_the_giver_changes_it(self, one, now, tess, mo, lee):
        for refused in (
            lambda: one.accept(seen=1, by=mo, now=now),
            lambda: one.accept(seen=1, by=tess, now=now),
            lambda: one.return_with_note(missing="x", by=lee, now=now),
            lambda: one.withdraw(reason="x", by=mo, now=now),
            lambda: revise(one, words=WORDS, due_at=now + HOUR, by=mo, now=now),
        ):
            with pytest.raises(NotTheReceiver):
                refused()
        assert fresh(one).state == "offered" and lead_of(one) == tess

    def test_what_is_missing_goes_back_and_the_next_version_is_another_one(self, one, now, tess, ravi):
        with pytest.raises(ReasonMissing, match="missing"):
            one.return_with_note(missing=" ", by=ravi, now=now)
        one.return_with_note(missing="Who told the customer?", by=ravi, now=now)
        assert (fresh(one).state, fresh(one).returned_count, lead_of(one)) == ("returned", 1, tess)
        with pytest.raises(HandoffInWrongState):
            one.accept(seen=1, by=ravi, now=now)
        revise(one, words=WORDS | {"promises": "Nobody yet."}, due_at=now + 2 * HOUR, by=tess, now=now + MINUTE)
        again = fresh(one)
        assert (again.state, again.version, again.due_at, again.note) == ("offered", 2, now + 2 * HOUR, "")
        with pytest.raises(ChangedMeanwhile):
            again.accept(seen=1, by=ravi, now=now)
        assert lead_of(one) == tess
        again.accept(seen=2, by=ravi, now=now + 3 * MINUTE)
        assert fresh(one).waited == 3 * MINUTE
        assert [packet.words["promises"] for packet in one.packets.order_by("number")] == ["", "Nobody yet."]
        with pytest.raises(DatabaseError), transaction.atomic():
            one.packets.update(words={})

    def test_it_is_rated_once_by_whoever_took_it(self, one, now, tess, ravi):
        with pytest.raises(HandoffInWrongState):
            one.rate(rating=Rating.COMPLETE, by=ravi, now=now)
        one.accept(seen=1, by=ravi, now=now)
        with pytest.raises(NotTheReceiver):
            one.rate(rating=Rating.COMPLETE, by=tess, now=now)
        one.rate(rating=Rating.MISSING, by=ravi, now=now, note="The deadline of legal.")
        with pytest.raises(AlreadyDone):
            one.rate(rating=Rating.COMPLETE, by=ravi, now=now)
        assert (fresh(one).rating, fresh(one).rating_note) == ("missing", "The deadline of legal.")
        assert [facts["rating"] for facts in entries(one.incident, "handoff_rated")] == ["missing"]

    def test_any_walk_through_the_verbs_follows_the_table(self, one, now, tess, ravi):
        dice, moved = random.Random(5), 1
        for turn in range(60):
            each, verb = fresh(one), dice.choice(list(HandoffVerb))
            if turn < 50 and verb in {HandoffVerb.ACCEPT, HandoffVerb.WITHDRAW}:
                continue
            act = {
                HandoffVerb.ACCEPT: lambda each=each: each.accept(seen=each.version, by=ravi, now=now),
                HandoffVerb.RETURN: lambda each=each: each.return_with_note(missing="More.", by=ravi, now=now),
                HandoffVerb.REVISE: lambda each=each: revise(each, words=WORDS, due_at=now + HOUR, by=tess, now=now),
                HandoffVerb.WITHDRAW: lambda each=each: each.withdraw(reason="I stay.", by=tess, now=now),
                HandoffVerb.RATE: lambda each=each: each.rate(rating=Rating.COMPLETE, by=ravi, now=now),
            }[verb]
            if HandoffState(each.state) in HANDOFF_MOVES[verb].sources and not each.rating:
                act()
                moved += 1
                assert fresh(one).state == HANDOFF_MOVES[verb].to
            else:
                with pytest.raises((HandoffInWrongState, AlreadyDone)):
                    act()
                assert fresh(one).state == each.state
        assert one.incident.timeline.filter(kind__startswith="handoff_").count() == moved > 10


@pytest.mark.django_db
class TestOffering:
    def test_nobody_offers_what_they_do_not_lead_or_to_whom_it_cannot_go(self, now, tess, ravi, lee, sam, uma):
        incident = led(tess, now=now)
        secret = led(tess, now=now, visibility=Visibility.RESTRICTED)
        for refusal, attempt in (
            (CannotBeOffered, lambda: offered(lee, ravi, now=now, incident=incident)),
            (CannotBeOffered, lambda: offered(tess, tess, now=now, incident=incident)),
            (NotPermitted, lambda: offered(sam, tess, now=now, incident=incident)),
            (NotPermitted, lambda: offered(uma, tess, now=now, incident=incident)),
            (CannotBeOffered, lambda: offered(ravi, tess, now=now, incident=secret)),
            (ImpossibleTime, lambda: offered(ravi, tess, now=now, incident=incident, due_at=now)),
            (ReasonMissing, lambda: offered(ravi, tess, now=now, incident=incident, words={"standing": " "})),
            (CannotBeOffered, lambda: offered(tess, lee, now=now)),
        ):
            with pytest.raises(refusal):
                attempt()
        assert not Handoff.objects.exists()
        offered(ravi, tess, now=now, incident=incident)
        with pytest.raises(AlreadyDone, match="Ravi"):
            offered(lee, tess, now=now, incident=incident)
        assert Handoff.objects.count() == 1

    def test_the_packet_is_filled_in_from_what_is_known(self, now, tess, ravi, lee):
        incident = with_lanes(now=now, state=State.TRIAGED)
        draw(now=now)
        legal = lane(incident, "legal")
        legal.engage(lead=lee, by=lee, now=now)
        legal.wait(what="The contract.", person=ravi, by=lee, now=now)
        task = add_task(incident, Assignment(title="Ask finance", owner=ravi, due_at=now + HOUR), by=tess, now=now)
        task.block(by=ravi, now=now, reason="Finance is closed.")
        ask(
            incident,
            Wanted(title="Notice", content="Sorry.", why_now="Noon.", due_at=now + 2 * HOUR, person=lee),
            by=tess,
            now=now,
        )
        found = prefilled([Incident.objects.select_related("assessment").get(pk=incident.pk)], now=now)
        assert "SEV2" in found[Section.STANDING] and "triaged" in found[Section.STANDING]
        assert "Finance is closed." in found[Section.RISKS]
        assert "Notice asked of Lee" in found[Section.PROMISES] and "next update promised" in found[Section.PROMISES]
        assert "to be contained by" in found[Section.AHEAD]
        assert "waits for Ravi" in found[Section.WORK] and "Ask finance: Ravi" in found[Section.WORK]
        technical = prefilled([incident], now=now, lane="technical")
        assert "Ask finance" not in technical[Section.WORK] and "The contract." not in technical[Section.WORK]

    def test_a_lead_without_the_right_to_give_it_passes_it_to_somebody_who_may_take_it(
        self, now, tess, edie, lee, ravi
    ):
        incident = cases.incident(now=now)
        incident.hand_over(to=edie, by=tess, now=now)
        with pytest.raises(CannotBeOffered, match="Neither"):
            offered(lee, edie, now=now, incident=incident)
        one = offered(ravi, edie, now=now, incident=incident)
        one.accept(seen=1, by=ravi, now=now)
        assert lead_of(one) == ravi and entries(incident, "handed_over")[-1]["from"] == edie.pk

    def test_a_lane_passes_through_its_own_verb(self, now, lee, tess, mo):
        incident = with_lanes(now=now)
        legal = lane(incident, "legal")
        legal.engage(lead=lee, by=lee, now=now)
        one = offered(mo, lee, now=now, lane=legal)
        one.accept(seen=1, by=mo, now=now)
        assert lane(incident, "legal").lead == mo
        moved = entries(incident, "lane_moved")[-1]
        assert (moved["verb"], moved["from"], moved["person"]) == ("name_lead", lee.pk, mo.pk)
        with pytest.raises(CannotBeOffered):
            offered(mo, lee, now=now, lane=legal)


@pytest.mark.django_db
def test_whoever_does_not_lead_is_offered_no_packet_and_keeps_what_was_typed(now, tess, ravi, client_for):
    case = led(tess, now=now)
    url = reverse("incidents:handoff_of_lead", args=[case.reference])
    assert 'id="offer"' in client_for(tess).get(url).content.decode()
    page = client_for(ravi).get(url).content.decode()
    assert 'id="offer"' not in page and "Take the lead first" in page
    refused = client_for(ravi).post(url, {"standing": "My long words."})
    assert "My long words." in refused.content.decode()


@pytest.mark.django_db
class TestShift:
    def test_a_shift_passes_what_the_other_may_see_and_the_rest_stays_unseen(
        self, now, tess, ravi, mo, lee, client_for
    ):
        open_one, secret = (
            led(tess, now=now, state=State.TRIAGED),
            led(tess, now=now, state=State.TRIAGED, visibility=Visibility.RESTRICTED, title="Canary title"),
        )
        task = add_task(open_one, Assignment(title="Call back", owner=tess), by=tess, now=now)
        hidden = add_task(secret, Assignment(title="Canary task", owner=tess), by=tess, now=now)
        rota = Rota.objects.create(name="First line", purpose="p")
        arrange_order(rota, seats=[tess], weekday=0, handover=time(9), begins_at=now - HOUR, by=mo, now=now - HOUR)
        found = shift_of(tess, receiver=ravi, now=now)
        assert {each.kind.value for each in found.passing} == {"incident", "task", "on_call"}
        assert {each.title for each, _why in found.staying} == {
            f"{secret.reference} Canary title",
            f"{secret.reference} Canary task",
        }
        one = offered(ravi, tess, now=now)
        url = reverse("incidents:handoff", args=[one.pk])
        seen_by_ravi = client_for(ravi).get(url).content.decode()
        assert "Canary" not in seen_by_ravi and secret.reference not in seen_by_ravi and "We watch" in seen_by_ravi
        assert "2 things stay with Tess" in client_for(tess).get(url).content.decode()
        assert {client_for(person).get(url).status_code for person in (mo, lee)} == {404}
        one.accept(seen=1, by=ravi, now=now + MINUTE)
        task.refresh_from_db(), hidden.refresh_from_db()
        assert (Incident.objects.get(pk=open_one.pk).lead, task.owner) == (ravi, ravi)
        assert (Incident.objects.get(pk=secret.pk).lead, hidden.owner) == (tess, tess)
        assert RotaOverride.objects.get().person == ravi
        assert len(entries(open_one, "handoff_accepted")) == 1 and entries(secret, "handoff_accepted") == []
        assert AuditEntry.objects.filter(object_label=f"handoff/{one.pk}").count() == 2

    def test_what_the_giver_does_not_hold_any_more_stays_and_says_why(self, now, tess, ravi, lee):
        kept, gone = led(tess, now=now), led(tess, now=now)
        one = offered(ravi, tess, now=now)
        gone.hand_over(to=lee, by=ravi, now=now)
        draw(now=now)
        one.accept(seen=1, by=ravi, now=now)
        assert Incident.objects.get(pk=kept.pk).lead == ravi and Incident.objects.get(pk=gone.pk).lead == lee
        stayed = HandoffItem.objects.get(outcome="stayed")
        assert stayed.incident == gone and "does not lead it any more" in stayed.why

    def test_what_became_restricted_meanwhile_is_kept_back_with_its_words(self, now, tess, ravi, mo, client_for):
        led(tess, now=now)
        later = led(tess, now=now, title="Canary title")
        one = offered(ravi, tess, now=now, words={"standing": "Canary words"})
        later.set_visibility(to=Visibility.RESTRICTED, by=mo, now=now, reason="Named people.")
        page = client_for(ravi).get(reverse("incidents:handoff", args=[one.pk])).content.decode()
        assert "Canary" not in page and later.reference not in page and "kept back" in page
        one.return_with_note(missing="Canary question", by=ravi, now=now)
        assert "Canary" not in client_for(ravi).get(reverse("incidents:handoff", args=[one.pk])).content.decode()
        revise(one, words=WORDS, due_at=now + HOUR, by=tess, now=now)
        one = fresh(one)
        one.accept(seen=2, by=ravi, now=now)
        assert Incident.objects.get(pk=later.pk).lead == tess
        after = client_for(ravi).get(reverse("incidents:handoff", args=[one.pk])).content.decode()
        assert "Canary" not in after


@pytest.mark.django_db
class TestMeanwhile:
    def test_it_is_void_when_somebody_else_leads(self, one, now, tess, ravi, lee):
        one.incident.hand_over(to=lee, by=ravi, now=now)
        with pytest.raises(Refusal, match="does not lead it any more"):
            one.accept(seen=1, by=ravi, now=now)
        assert (fresh(one).state, lead_of(one)) == ("offered", lee)
        draw(now=now)
        assert (fresh(one).state, lead_of(one)) == ("void", lee)
        assert len(entries(one.incident, "handoff_voided")) == 1
        assert Alert.objects.get(reason="handoff_answered").recipient == tess

    def test_it_ends_with_the_incident_and_with_the_lane(self, one, now, tess, lee, ravi, mo):
        draw(now=now)
        one.incident.dismiss(by=tess, now=now, reason="A test of ours.")
        other = with_lanes(now=now)
        legal = lane(other, "legal")
        legal.engage(lead=lee, by=lee, now=now)
        of_lane = offered(ravi, lee, now=now, lane=legal)
        lane(other, "legal").mark_not_needed(reason="No duty.", by=mo, now=now)
        draw(now=now)
        assert (fresh(one).state, fresh(of_lane).state) == ("withdrawn", "withdrawn")
        assert [facts["ended"] for facts in entries(one.incident, "handoff_withdrawn")] == ["yes"]
        assert not Alert.objects.filter(recipient=ravi, state="open").exists()

    def test_the_receiver_is_called_reminded_and_the_silence_is_noted(self, one, now, tess, ravi):
        draw(now=now)
        called = Alert.objects.get(reason="handoff_offered")
        assert (called.recipient, called.state, called.url) == (ravi, "open", f"/handoffs/{one.pk}/")
        assert due_handoffs(now=now + 30 * MINUTE, most=9) == []
        assert remind_of_handoff(one.pk, now=now + 45 * MINUTE) is True
        assert remind_of_handoff(one.pk, now=now + 45 * MINUTE) is False
        assert due_handoffs(now=now + HOUR, most=9) == [one.pk]
        assert remind_of_handoff(one.pk, now=now + HOUR) is True
        assert due_handoffs(now=now + 9 * HOUR, most=9) == []
        draw(now=now + HOUR)
        assert Alert.objects.get(reason="handoff_due").recipient == ravi
        assert Alert.objects.get(reason="handoff_silence").recipient == tess
        assert len(entries(one.incident, "handoff_unanswered")) == 1
        fresh(one).accept(seen=1, by=ravi, now=now + 2 * HOUR)
        draw(now=now + 2 * HOUR)
        assert set(Alert.objects.filter(recipient=ravi).values_list("state", flat=True)) == {"acknowledged"}
        assert Alert.objects.get(reason="handoff_answered").recipient == tess


@pytest.mark.django_db(transaction=True)
def test_two_accepts_and_a_withdrawal_at_once_have_one_effect(now, tess, ravi):
    one = offered(ravi, tess, now=now, incident=led(tess, now=now))
    start, refused = threading.Barrier(3), []

    def work(act):
        each = fresh(one)
        start.wait()
        try:
            act(each)
        except Refusal as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    accept = lambda each: each.accept(seen=1, by=ravi, now=now)  # noqa: E731
    acts = (accept, accept, lambda each: each.withdraw(reason="I stay.", by=tess, now=now))
    workers = [threading.Thread(target=work, args=(act,)) for act in acts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(refused) == 2
    ended = fresh(one)
    assert lead_of(one) == (ravi if ended.state == "accepted" else tess)
    assert one.incident.timeline.filter(kind__in=["handoff_accepted", "handoff_withdrawn"]).count() == 1


@pytest.mark.django_db
class TestPages:
    def test_it_is_offered_on_the_page_returned_amended_accepted_and_rated(self, tess, ravi, client_for):
        incident = led(tess, now=timezone.now())
        giver, receiver = client_for(tess), client_for(ravi)
        assert (
            reverse("incidents:handoff_of_lead", args=[incident.reference])
            in giver.get(reverse("incidents:incident", args=[incident.reference])).content.decode()
        )
        url = reverse("incidents:handoff_of_lead", args=[incident.reference])
        assert "next update promised" in giver.get(url).content.decode()
        due = timezone.localtime(timezone.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
        given = {"receiver": ravi.pk, "standing": "", "risks": "Kept words.", "due_at": due}
        refused = giver.post(url, given)
        assert refused.status_code == 422 and "Kept words." in refused.content.decode()
        made = giver.post(url, given | {"standing": "Rate falls."})
        one = Handoff.objects.get()
        page = reverse("incidents:handoff", args=[one.pk])
        assert made.headers["Location"] == page
        with connection.cursor() as cursor:
            cursor.execute(tally_for(ravi))
            assert cursor.fetchone() == (1,)
        assert [item.pk for item in my_handoffs(ravi, now=timezone.now(), most=9)] == [one.pk]
        assert "Rate falls." in receiver.get(page).content.decode()
        assert receiver.post(f"{page}return/", {"missing": "Who watches?"}).status_code == 302
        assert "Who watches?" in giver.get(page).content.decode()
        again = {f"{name}": value for name, value in (given | {"standing": "Cora watches."}).items()}
        assert giver.post(f"{page}amendment/", again).status_code == 302
        stale = receiver.post(f"{page}acceptance/", {"seen": 1})
        assert stale.status_code == 422 and "changed after you opened it" in stale.content.decode()
        assert receiver.post(f"{page}acceptance/", {"seen": 2}).status_code == 302
        assert receiver.post(f"{page}rating/", {"rating": "complete", "note": ""}).status_code == 302
        assert (fresh(one).rating, lead_of(one)) == ("complete", ravi)
        listed = giver.get(reverse("incidents:handoffs")).content.decode()
        assert "returned once" in listed and "rated: Complete" in listed

    def test_the_shift_is_handed_over_from_my_work(self, tess, ravi, client_for):
        incident = led(tess, now=timezone.now())
        client = client_for(tess)
        assert reverse("incidents:handoff_of_shift") in client.get(reverse("incidents:my_work")).content.decode()
        url = reverse("incidents:handoff_of_shift")
        first = client.get(url).content.decode()
        assert incident.reference in first and 'id="offer"' not in first
        second = client.get(url, {"to": ravi.pk}).content.decode()
        assert 'id="offer"' in second and "What passes to Ravi" in second
        due = timezone.localtime(timezone.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
        made = client.post(url, {"receiver": ravi.pk, "standing": "Quiet.", "due_at": due})
        assert made.headers["Location"] == reverse("incidents:handoff", args=[Handoff.objects.get().pk])

    def test_outsiders_find_nothing_and_the_list_takes_few_queries(
        self, now, tess, ravi, lee, mo, client_for, django_assert_max_num_queries
    ):
        secret = led(tess, now=now, visibility=Visibility.RESTRICTED, title="Canary title")
        secret.assign_role(role=IncidentRole.TECHNICAL, person=ravi, by=tess, now=now)
        one = offered(ravi, tess, now=now, incident=secret)
        page = reverse("incidents:handoff", args=[one.pk])
        outsider = client_for(mo)
        for url in (page, reverse("incidents:handoff_of_lead", args=[secret.reference])):
            assert outsider.get(url).status_code == 404
        assert outsider.post(f"{page}acceptance/", {"seen": 1}).status_code == 404
        one.accept(seen=1, by=ravi, now=now)
        for _ in range(6):
            ended = offered(ravi, tess, now=now, incident=led(tess, now=now))
            ended.withdraw(reason="I stay.", by=tess, now=now)
        with django_assert_max_num_queries(12):
            listed = outsider.get(reverse("incidents:handoffs")).content.decode()
        assert (
            "Canary" not in listed
            and secret.reference not in listed
            and "Tess to Ravi" not in listed.split("Recent")[0]
        )
