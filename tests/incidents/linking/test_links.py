"""Links: directed, one of a kind for a pair, ended with a reason, told on both incidents."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from incidents.linking.link import Link
from incidents.linking.linking import end_link, link
from incidents.linking.recurrence import link_recurrence  # noqa: F401 - named in airp/reactions.py
from incidents.linking.refusals import CannotLink, LinkInWrongState
from incidents.response.declaring import Declaration, declare_or_join
from incidents.response.names import Names
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing
from incidents.response.relations import Relation
from incidents.response.sentences import sentence
from incidents.response.timeline import TimelineEntry
from incidents.response.verification import verify_timeline
from incidents.response.visibility import Visibility
from tests import factories
from tests.incidents import cases
from tests.incidents.linking.conftest import draw, kinds

pytestmark = pytest.mark.django_db


def words(incident, *others):
    names = Names(incidents={other.pk: other.reference for other in others})
    return sentence(incident.timeline.order_by("-seq").first(), names)


@pytest.mark.parametrize(
    ("relation", "of_source", "of_target"),
    [
        (Relation.DUPLICATE, "Duplicate of", "Has the duplicate"),
        (Relation.RELATED, "Related to", "Related to"),
        (Relation.PARENT, "Part of", "Has the part"),
        (Relation.RECURRENCE, "Recurrence of", "Came back as"),
    ],
)
def test_a_link_is_told_on_both_incidents_from_their_side(new, now, ravi, relation, of_source, of_target):
    older, newer = new(), new()
    made = link(relation, newer, older, by=ravi, now=now, reason="Same prompt.")
    assert (made.source, made.target, made.by, made.reason) == (newer, older, ravi, "Same prompt.")
    assert words(newer, older) == f"Linked. {of_source} {older.reference}"
    assert words(older, newer) == f"Linked. {of_target} {newer.reference}"
    ended = end_link(made, by=ravi, now=now, reason="Another prompt after all.")
    assert (ended.ended_by, ended.end_reason) == (ravi, "Another prompt after all.")
    assert words(older) == f"Link ended. It was: {of_target} another incident"
    assert kinds(older, last=2) == kinds(newer, last=2) == ["linked", "link_ended"]
    assert verify_timeline(older) == verify_timeline(newer) == []
    # It may be said anew; the end of the first stays as history.
    link(relation, newer, older, by=ravi, now=now)
    assert Link.objects.of(older).count() == 2


def test_what_makes_no_sense_is_refused_and_changes_nothing(new, now, ravi, uma, mo):
    one, two = new(), new()
    hidden = new(visibility=Visibility.RESTRICTED, by=mo)
    made = link(Relation.DUPLICATE, two, one, by=ravi, now=now)
    before = (TimelineEntry.objects.count(), Link.objects.count())
    for source, target, by, refusal in (
        (one, one, ravi, CannotLink),
        (two, one, ravi, AlreadyDone),
        (one, two, ravi, AlreadyDone),
        (one, hidden, ravi, CannotLink),
        (hidden, one, ravi, CannotLink),
        (one, two, uma, NotPermitted),
    ):
        with pytest.raises(refusal):
            link(Relation.DUPLICATE, source, target, by=by, now=now)
    with pytest.raises(ReasonMissing):
        end_link(made, by=ravi, now=now, reason=" ")
    with pytest.raises(NotPermitted):
        end_link(made, by=uma, now=now, reason="No.")
    assert (TimelineEntry.objects.count(), Link.objects.count()) == before
    end_link(made, by=ravi, now=now, reason="No.")
    with pytest.raises(LinkInWrongState):
        end_link(made, by=ravi, now=now, reason="No.")


def test_the_database_refuses_what_slipped_through(new, now):
    one, two = new(), new()
    known = {"by": None, "at": now}
    Link.objects.create(relation="related", source=two, target=one, **known)
    for relation, source, target in (("related", one, two), ("related", two, one), ("duplicate", one, one)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Link.objects.create(relation=relation, source=source, target=target, **known)
    three = new()
    Link.objects.create(relation="parent", source=one, target=two, **known)
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.create(relation="parent", source=one, target=three, **known)


def test_parts_belong_to_one_whole_and_never_in_a_ring(new, now, ravi):
    whole, part, detail, other = new(), new(), new(), new()
    link(Relation.PARENT, part, whole, by=ravi, now=now)
    link(Relation.PARENT, detail, part, by=ravi, now=now)
    with pytest.raises(CannotLink, match=f"{detail.reference} is itself a part of {whole.reference}"):
        link(Relation.PARENT, whole, detail, by=ravi, now=now)
    with pytest.raises(CannotLink, match="a part of another incident already"):
        link(Relation.PARENT, detail, other, by=ravi, now=now)
    assert Link.objects.open().count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_people_who_link_crosswise_wait_for_each_other_and_close_no_ring(now, ravi, tess):
    for _turn in range(5):
        one, two = cases.incident(now=now), cases.incident(now=now)
        gate, outcomes = threading.Barrier(2), []

        def run(child, parent, by, gate=gate, outcomes=outcomes):
            try:
                gate.wait(timeout=5)
                link(Relation.PARENT, child, parent, by=by, now=now)
                outcomes.append("linked")
            except (CannotLink, AlreadyDone):
                outcomes.append("refused")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=args) for args in ((one, two, ravi), (two, one, tess))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        assert sorted(outcomes) == ["linked", "refused"]
        assert Link.objects.open().of(one).count() == 1


def test_a_cause_that_comes_back_is_linked_as_recurrence(now, tess):
    def declared(at):
        known = {"title": "Refunds", "system": cases.assistant(), "severity": cases.level("SEV2"), "dedup_key": "a/b"}
        incident, is_new = declare_or_join(Declaration(**known), now=at)
        assert is_new
        draw(at)
        return incident

    cases.assistant()
    factories.person("mo")
    first = declared(now - timedelta(days=2))
    assert not Link.objects.exists()
    first.dismiss(by=tess, now=now - timedelta(days=1), reason="A test.")
    second = declared(now)
    made = Link.objects.get()
    assert (made.relation, made.source, made.target, made.by) == ("recurrence", second, first, None)
    assert words(first, second) == f"Linked. Came back as {second.reference}"
