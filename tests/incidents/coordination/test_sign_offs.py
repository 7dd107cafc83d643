"""Sign-offs: bound to exact words, answered by whoever was asked and nobody's own, reminded of, and queued."""

import random
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from airp.accounts.roles import Role
from incidents.coordination.asking import Wanted, ask, due_sign_offs, remind_of_sign_off
from incidents.coordination.differences import differences
from incidents.coordination.refusals import ApprovesOwn, ChangedMeanwhile, NotAsked, SignOffInWrongState
from incidents.coordination.sign_off import SignOff, digest_of
from incidents.coordination.sign_off_queries import queue, tally_for
from incidents.coordination.sign_off_states import SIGN_OFF_MOVES, SignOffState, SignOffVerb, Silence
from incidents.notification.models import Alert
from incidents.response.refusals import AlreadyDone, ImpossibleTime, Refusal
from incidents.response.visibility import Visibility
from tests.incidents import cases
from tests.incidents.coordination.makers import MINUTE, draw, entries

HOUR = 60 * MINUTE


def asked(incident, by, *, now, **given):
    wanted = {"title": "Notice", "content": "We are sorry.\nYou get a refund.", "why_now": "It goes out at noon."}
    wanted |= {"due_at": now + 4 * HOUR, "role": Role.LEGAL} | given
    return ask(incident, Wanted(**wanted), by=by, now=now)


@pytest.fixture
def one(now, tess):
    return asked(cases.incident(now=now), tess, now=now)


def fresh(sign_off):
    return SignOff.objects.get(pk=sign_off.pk)


@pytest.mark.django_db
class TestAnswering:
    def test_an_approval_counts_for_the_words_that_were_read_and_ends_when_they_change(self, one, now, tess, lee):
        one.approve(seen=one.digest, by=lee, now=now, note="Fine.")
        assert fresh(one).is_approved and fresh(one).approved_digest == digest_of("We are sorry.\nYou get a refund.")
        one.revise(content="We are sorry.\nYou get nothing.", by=tess, now=now + MINUTE)
        again = fresh(one)
        assert (again.state, again.version, again.answered_by, again.is_approved) == ("asked", 2, None, False)
        assert len(entries(one.incident, "sign_off_voided")) == 1
        with pytest.raises(ChangedMeanwhile):
            again.approve(seen=digest_of("We are sorry.\nYou get a refund."), by=lee, now=now)
        assert fresh(one).state == "asked"
        with pytest.raises(AlreadyDone):
            again.revise(content="We are sorry.\nYou get nothing. ", by=tess, now=now)

    def test_nobody_approves_their_own_and_nobody_answers_for_others(self, now, lee, tess, ravi, mo):
        incident = cases.incident(now=now)
        own = asked(incident, lee, now=now)
        with pytest.raises(ApprovesOwn):
            own.approve(seen=own.digest, by=lee, now=now)
        with pytest.raises(NotAsked, match="Legal"):
            own.approve(seen=own.digest, by=mo, now=now)
        with pytest.raises(NotAsked, match="whoever asked"):
            own.revise(content="Mine.", by=ravi, now=now)
        with pytest.raises(NotAsked, match="their own"):
            asked(incident, lee, now=now, role=None, person=lee)
        with pytest.raises(ImpossibleTime):
            asked(incident, lee, now=now, due_at=now)
        assert fresh(own).state == "asked"
        with pytest.raises(IntegrityError, match="nobody_approves_their_own"), transaction.atomic():
            SignOff.objects.filter(pk=own.pk).update(answered_by=lee)
        with pytest.raises(DatabaseError), transaction.atomic():
            own.versions.update(content="Other words.")

    def test_any_walk_through_the_verbs_follows_the_table(self, one, now, tess, lee):
        dice, moved = random.Random(7), 1
        for turn in range(60):
            each, verb = fresh(one), dice.choice(list(SignOffVerb))
            act = {
                SignOffVerb.APPROVE: lambda each=each: each.approve(seen=each.digest, by=lee, now=now),
                SignOffVerb.RETURN: lambda each=each: each.return_with_note(note="Shorter.", by=lee, now=now),
                SignOffVerb.REVISE: lambda each=each, turn=turn: each.revise(content=f"v{turn}", by=tess, now=now),
                SignOffVerb.WITHDRAW: lambda each=each: each.withdraw(reason="Moot.", by=tess, now=now),
            }[verb]
            if verb is SignOffVerb.WITHDRAW and turn < 50:
                continue
            if SignOffState(each.state) in SIGN_OFF_MOVES[verb].sources:
                act()
                moved += 1
                assert fresh(one).state == SIGN_OFF_MOVES[verb].to
            else:
                before = each.state
                with pytest.raises(SignOffInWrongState):
                    act()
                assert fresh(one).state == before
        assert one.incident.timeline.filter(kind__startswith="sign_off_").count() == moved > 15


@pytest.mark.django_db
class TestAsking:
    def test_those_of_the_role_hear_of_it_and_whoever_asked_hears_the_answer(self, one, now, tess, lee):
        draw(now=now)
        told = Alert.objects.get(reason="sign_off_asked")
        assert (told.recipient, told.state, told.url) == (lee, "open", f"/sign-offs/{one.pk}/")
        one.return_with_note(note="Say when.", by=lee, now=now)
        draw(now=now)
        told.refresh_from_db()
        assert told.state == "acknowledged"
        assert Alert.objects.get(reason="sign_off_answered").recipient == tess

    def test_when_the_incident_ends_nobody_is_asked_any_more(self, one, now, tess):
        draw(now=now)
        assert Alert.objects.get(reason="sign_off_asked").state == "open"
        one.incident.dismiss(by=tess, now=now, reason="A test of ours.")
        draw(now=now)
        assert Alert.objects.get(reason="sign_off_asked").state == "withdrawn"
        assert not Alert.objects.filter(incident=one.incident, state="open").exists()

    def test_it_is_reminded_of_once_and_at_the_deadline_silence_is_recorded(self, now, tess, lee, mo):
        one = asked(cases.incident(now=now), tess, now=now, silence=Silence.MANAGER)
        assert due_sign_offs(now=now + 2 * HOUR, most=9) == []
        assert due_sign_offs(now=now + 3 * HOUR, most=9) == [one.pk]
        assert remind_of_sign_off(one.pk, now=now + 3 * HOUR) is True
        assert remind_of_sign_off(one.pk, now=now + 3 * HOUR) is False
        with pytest.raises(NotAsked):
            fresh(one).approve(seen=one.digest, by=mo, now=now)
        assert remind_of_sign_off(one.pk, now=now + 4 * HOUR) is True
        assert due_sign_offs(now=now + 9 * HOUR, most=9) == []
        draw(now=now + 4 * HOUR)
        assert [facts["silence"] for facts in entries(one.incident, "sign_off_unanswered")] == ["manager"]
        assert set(Alert.objects.filter(reason="sign_off_silence").values_list("recipient__email", flat=True)) == {
            tess.email,
            mo.email,
        }
        fresh(one).approve(seen=one.digest, by=mo, now=now + 5 * HOUR)
        assert fresh(one).answered_by == mo


@pytest.mark.django_db(transaction=True)
def test_two_who_answer_at_once_answer_once(now, tess, lee):
    one = asked(cases.incident(now=now), tess, now=now)
    start, refused = threading.Barrier(2), []

    def work(answer):
        start.wait()
        try:
            answer(SignOff.objects.get(pk=one.pk))
        except Refusal as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    answers = (
        lambda each: each.approve(seen=each.digest, by=lee, now=now),
        lambda each: each.return_with_note(note="No.", by=lee, now=now),
    )
    workers = [threading.Thread(target=work, args=(answer,)) for answer in answers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(refused) == 1
    assert one.incident.timeline.filter(kind__in=["sign_off_approved", "sign_off_returned"]).count() == 1


@pytest.mark.django_db
class TestPages:
    def test_the_queue_shows_ones_own_first_by_deadline_in_few_queries(
        self, now, tess, lee, client_for, django_assert_num_queries
    ):
        incident = cases.incident(now=now)
        others = asked(incident, tess, now=now, role=Role.POLICY, due_at=now + HOUR)
        later, sooner = (asked(incident, tess, now=now, due_at=now + n * HOUR) for n in (3, 2))
        hidden = asked(cases.incident(now=now, visibility=Visibility.RESTRICTED), tess, now=now)
        sooner.revise(content="We are sorry.\nYou get it back.", by=tess, now=now)
        with django_assert_num_queries(2):
            found = queue(lee)
        assert [row["id"] for row in found.rows] == [sooner.pk, later.pk, others.pk]
        assert found.rows[0]["before"] == "We are sorry.\nYou get a refund."
        with connection.cursor() as cursor:
            cursor.execute(tally_for(lee))
            assert cursor.fetchone() == (2,)
        page = client_for(lee).get(reverse("incidents:approvals")).content.decode()
        assert "You get it back." in page and "It goes out at noon." in page and hidden.incident.reference not in page
        assert client_for(lee).get(reverse("incidents:sign_off", args=[hidden.pk])).status_code == 404
        post = client_for(lee).post(reverse("incidents:sign_off_approval", args=[hidden.pk]), {"seen": hidden.digest})
        assert (post.status_code, fresh(hidden).state) == (404, "asked")

    def test_it_is_asked_for_approved_from_the_queue_and_refused_with_the_words_kept(self, tess, lee, client_for):
        incident = cases.incident(now=timezone.now())
        url = reverse("incidents:sign_offs", args=[incident.reference])
        given = {"title": "Notice", "content": "Kept words.", "why_now": "Noon.", "role": "", "silence": "holds"}
        refused = client_for(tess).post(url, given)
        assert refused.status_code == 422 and "Kept words." in refused.content.decode()
        due = timezone.localtime(timezone.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
        made = client_for(tess).post(url, given | {"role": "legal", "due_at": due})
        one = SignOff.objects.get()
        assert made.headers["Location"] == reverse("incidents:sign_off", args=[one.pk])
        client = client_for(lee)
        returned = client.post(reverse("incidents:sign_off_return", args=[one.pk]), {"note": " "})
        assert returned.status_code == 422
        step = reverse("incidents:sign_off_approval", args=[one.pk])
        stale = client.post(step, {"seen": "0" * 64})
        assert stale.status_code == 422 and "changed after you opened it" in stale.content.decode()
        taken = client.post(step, {"seen": one.digest, "from": "queue"})
        assert taken.headers["Location"] == reverse("incidents:approvals") and fresh(one).is_approved
        room = client.get(reverse("incidents:incident", args=[incident.reference])).content.decode()
        assert 'id="sign-offs"' in room and "Sign-off 1 approved, version 1" in room


def test_a_difference_shows_what_changed_and_leaves_out_what_did_not():
    before = "\n".join(["one", "two", "three", "four", "five"])
    lines = differences(before, before.replace("five", "six"))
    assert [(line.kind, line.text) for line in lines] == [
        ("gap", ""),
        ("same", "three"),
        ("same", "four"),
        ("removed", "five"),
        ("added", "six"),
    ]
    assert differences(before, before) == []
