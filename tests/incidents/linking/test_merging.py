"""A duplicate ends in favour of another incident; what is live goes along, and all of it can be taken back."""

from datetime import timedelta

import pytest

from incidents.complaints.complaint import Complaint
from incidents.detection.attaching import declare_for
from incidents.detection.breaches import Breach
from incidents.detection.opening import open_breach
from incidents.linking.link import Link
from incidents.linking.linking import end_link, link
from incidents.linking.merge import Merge
from incidents.linking.merging import merge, merge_all, take_back, unmerge
from incidents.linking.refusals import LinkInWrongState
from incidents.notification.levels import LevelState
from incidents.response.merging import CannotMerge
from incidents.response.models import Incident, IncidentKind
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing, WrongState
from incidents.response.relations import Relation
from incidents.response.states import State
from incidents.response.timeline import TimelineEntry
from incidents.response.verification import verify_timeline
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem
from tests.incidents import cases
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers
from tests.incidents.linking.conftest import draw, kinds
from tests.incidents.reports.makers import report

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def fresh(incident):
    return Incident.objects.get(pk=incident.pk)


def as_stored(incident):
    """All fields but those that count changes."""
    row = Incident.objects.filter(pk=incident.pk).values().get()
    return {name: value for name, value in row.items() if name != "version"}


@pytest.fixture
def laden(now, tess, mo):
    """A survivor, and a duplicate with two breaches, a complaint of each sort and a report."""
    system = makers.system()
    threshold = makers.threshold(on_breach="declare")
    version = makers.version(threshold, now=now - 9 * HOUR, dedup_template="double")
    survivor = cases.incident(now=now, system=system, state=State.TRIAGED, severity="SEV3")
    breach = Breach.objects.create(
        threshold=threshold, version=version, started_at=now - HOUR, detected_at=now - HOUR, bad=9, n=99, peak_bad=9,
        peak_n=99,
    )  # fmt: skip
    declare_for(breach, now=now - HOUR)
    duplicate = breach.incident
    waiting, done = complaint("waiting", at=now, system=system), complaint("done", at=now, system=system)
    waiting.attach_to_breach(breach, by=tess, now=now)
    done.attach_to_incident(duplicate, by=tess, now=now)
    done.answer_with(text="Paid.", by=tess, now=now)
    told = report(at=now, system=system)
    told.attach_to(duplicate, by=tess, now=now)
    draw(now)
    return survivor, duplicate, breach, waiting, done, told


class TestMerging:
    def test_the_duplicate_ends_and_what_is_live_goes_along(self, laden, now, tess):
        survivor, duplicate, breach, waiting, done, told = laden
        made = merge(duplicate, survivor, by=tess, now=now, note="Same prompt.")
        draw(now)
        survivor, duplicate = fresh(survivor), fresh(duplicate)
        assert (duplicate.state, duplicate.merged_into, duplicate.closed_at) == ("dismissed", survivor, now)
        assert duplicate.next_due_at is None
        for item in (breach, waiting, told):
            item.refresh_from_db()
            assert item.incident == survivor
        done.refresh_from_db()
        assert done.incident == duplicate
        assert (waiting.breach, waiting.state) == (breach, "attached")
        # A duplicate is no false alarm: the verdict waits for the end of the survivor.
        assert breach.verdict == ""
        assert duplicate.severity.slug == survivor.severity.slug == "SEV2"
        assert kinds(duplicate, last=4) == ["breach_detached", "complaint_detached", "report_detached", "merged"]
        assert {"breach_attached", "complaint_attached", "report_attached", "took_over", "severity_raised"} <= set(
            kinds(survivor, last=7)
        )
        link_made = Link.objects.get()
        assert (link_made.relation, link_made.source, link_made.target) == ("duplicate", duplicate, survivor)
        assert made.link == link_made
        assert not duplicate.alerts.open().exists()
        assert not duplicate.escalation_levels.filter(state=LevelState.WAITING).exists()
        assert verify_timeline(duplicate) == verify_timeline(survivor) == []

    def test_taken_back_everything_stands_as_before_and_the_record_says_both(self, laden, now, tess):
        survivor, duplicate, breach, waiting, _done, told = laden
        before = as_stored(duplicate), as_stored(survivor)
        levels = set(duplicate.escalation_levels.values_list("pk", "state", "due_at"))
        assert levels
        made = merge(duplicate, survivor, by=tess, now=now)
        draw(now)
        take_back(made, by=tess, now=now + timedelta(minutes=1))
        draw(now + timedelta(minutes=1))
        assert (as_stored(duplicate), as_stored(survivor)) == before
        assert set(duplicate.escalation_levels.values_list("pk", "state", "due_at")) == levels
        for item in (breach, waiting, told):
            item.refresh_from_db()
            assert item.incident == duplicate
        assert waiting.breach == breach
        assert "merged" in kinds(duplicate, last=9)
        assert "unmerged" in kinds(duplicate, last=9)
        assert kinds(survivor, last=1) == ["severity_lowered"]
        assert not Link.objects.open().exists()
        assert duplicate.alerts.open().filter(reason="reopened").exists()
        assert verify_timeline(duplicate) == verify_timeline(survivor) == []
        with pytest.raises(AlreadyDone):
            unmerge(made, by=tess, now=now, reason="Again.")

    def test_a_further_breach_of_its_cause_goes_to_the_survivor_and_back_with_it(self, laden, now, tess, mo):
        survivor, duplicate, breach, *_others = laden
        made = merge(duplicate, survivor, by=tess, now=now)
        Breach.objects.filter(pk=breach.pk).update(cleared_at=now, cleared_reason="cleared")
        again = open_breach(breach.version, since=now, now=now, bad=9, n=99)
        assert again.incident == survivor
        other = makers.threshold("Another", on_breach="ask")
        asking = makers.version(other, now=now - HOUR, dedup_template="double")
        assert open_breach(asking, since=now, now=now, bad=9, n=99).incident == survivor
        assert Incident.objects.count() == 2
        # While the survivor is resolved it comes back to work; long after its end a new one follows it.
        survivor = fresh(survivor)
        survivor.contain(by=mo, now=now, reason="Off.")
        survivor.resolve(by=mo, now=now, reason="Mended.")
        Breach.objects.update(cleared_at=now, cleared_reason="cleared")
        assert open_breach(breach.version, since=now, now=now, bad=9, n=99).incident == survivor
        assert fresh(survivor).state == State.TRIAGED
        unmerge(made, by=mo, now=now, reason="Two prompts.")
        assert set(Breach.objects.values_list("incident", flat=True)) == {duplicate.pk}

    def test_within_the_cooldown_after_the_survivor_ended_it_is_reopened_and_later_followed(self, laden, now, tess):
        survivor, duplicate, breach, *_others = laden
        merge(duplicate, survivor, by=tess, now=now)
        Breach.objects.update(cleared_at=now, cleared_reason="cleared")
        fresh(survivor).dismiss(by=tess, now=now, reason="Both were none.")
        soon = now + timedelta(seconds=breach.version.cooldown_seconds - 1)
        assert open_breach(breach.version, since=now, now=soon, bad=9, n=99).incident == survivor
        Breach.objects.update(cleared_at=now, cleared_reason="cleared")
        fresh(survivor).dismiss(by=tess, now=soon, reason="Still none.")
        late = soon + timedelta(seconds=breach.version.cooldown_seconds + 1)
        follower = open_breach(breach.version, since=late, now=late, bad=9, n=99).incident
        draw(late)
        assert follower not in {survivor, duplicate}
        assert Link.objects.get(relation="recurrence").target == survivor
        fresh(survivor).reopen(by=tess, now=late, reason="It is one.")
        with pytest.raises(CannotMerge, match="Another incident has been opened for the cause"):
            unmerge(Merge.objects.get(), by=tess, now=late, reason="Two.")

    def test_a_level_that_somebody_graded_since_and_an_item_that_moved_on_stay(self, laden, now, tess, mo):
        survivor, duplicate, _breach, waiting, *_others = laden
        third = cases.incident(now=now, system=survivor.system)
        made = merge(duplicate, survivor, by=tess, now=now)
        Complaint.objects.get(pk=waiting.pk).attach_to_incident(third, by=tess, now=now)
        fresh(survivor).raise_severity(to=cases.level("SEV1"), by=mo, now=now, reason="Worse.")
        take_back(made, by=tess, now=now)
        waiting.refresh_from_db()
        assert waiting.incident == third
        assert fresh(survivor).severity.slug == "SEV1"


class TestRefusals:
    @pytest.mark.parametrize(
        ("theirs", "sentence"),
        [
            ({"state": State.DISMISSED}, "no work goes on there"),
            ({"state": State.CLOSED, "severity": "SEV4"}, "no work goes on there"),
            ({"kind": IncidentKind.DRILL}, "a drill, the other is not"),
            ({"visibility": Visibility.RESTRICTED}, "Give both the same visibility first"),
            ({"system": "other"}, "different AI systems"),
        ],
    )
    def test_some_can_not_take_it_over(self, new, now, tess, theirs, sentence):
        if theirs.get("system"):
            theirs = {"system": AISystem.objects.create(slug="other", name="Other", purpose="p")}
            cases.assistant()
        duplicate, survivor = new(), new(**theirs)
        before = TimelineEntry.objects.count()
        with pytest.raises(CannotMerge, match=sentence):
            merge(duplicate, survivor, by=tess, now=now)
        assert (fresh(duplicate).state, TimelineEntry.objects.count()) == ("reported", before)

    def test_no_chain_no_ring_and_nothing_into_itself(self, new, now, tess):
        one, two, three = new(), new(), new()
        merge(two, one, by=tess, now=now)
        with pytest.raises(CannotMerge, match="merged into another incident itself"):
            merge(three, two, by=tess, now=now)
        with pytest.raises(CannotMerge, match=f"Merge {three.reference} into it instead"):
            merge(one, three, by=tess, now=now)
        with pytest.raises(CannotMerge, match="into itself"):
            merge(three, three, by=tess, now=now)
        with pytest.raises(WrongState, match="This needs an incident that is"):
            merge(two, three, by=tess, now=now)
        assert Merge.objects.count() == 1

    def test_only_triage_merges_and_only_what_it_sees(self, new, now, tess, mo, ravi, uma):
        one, two = new(), new()
        hidden, also = (new(visibility=Visibility.RESTRICTED, by=mo) for _n in range(2))
        with pytest.raises(NotPermitted):
            merge(two, one, by=uma, now=now)
        with pytest.raises(CannotMerge, match="that you can see"):
            merge(hidden, also, by=tess, now=now)
        made = merge(also, hidden, by=mo, now=now)
        with pytest.raises(CannotMerge, match="that you can see"):
            unmerge(made, by=tess, now=now, reason="No.")
        assert Merge.objects.get().is_open

    def test_a_merged_one_is_neither_reopened_nor_given_anything_nor_unlinked(self, laden, now, tess):
        survivor, duplicate, *_others = laden
        made = merge(duplicate, survivor, by=tess, now=now)
        with pytest.raises(WrongState, match="Work goes on there"):
            fresh(duplicate).reopen(by=tess, now=now, reason="Back.")
        late = complaint("late", at=now, system=survivor.system)
        with pytest.raises(WrongState, match="Work goes on there"):
            late.attach_to_incident(duplicate, by=tess, now=now)
        with pytest.raises(WrongState, match="Work goes on there"):
            report("late", at=now, system=survivor.system).attach_to(duplicate, by=tess, now=now)
        with pytest.raises(LinkInWrongState, match="stands for a merge"):
            end_link(made.link, by=tess, now=now, reason="No.")
        late.refresh_from_db()
        assert late.incident is None

    def test_taking_back_needs_a_reason_later_and_a_survivor_that_is_open(self, new, now, tess, mo, settings):
        one, two = new(), new()
        made = merge(two, one, by=tess, now=now)
        later = now + timedelta(minutes=settings.MERGE_UNDO_MINUTES, seconds=1)
        for by, at in ((mo, now), (tess, later)):
            with pytest.raises(NotPermitted):
                take_back(made, by=by, now=at)
            with pytest.raises(ReasonMissing):
                unmerge(made, by=by, now=at)
        fresh(one).dismiss(by=mo, now=later, reason="None.")
        with pytest.raises(CannotMerge, match=f"Reopen {one.reference} first"):
            unmerge(made, by=mo, now=later, reason="Two prompts.")
        fresh(one).reopen(by=mo, now=later, reason="It is one.")
        fresh(one).set_visibility(to=Visibility.RESTRICTED, by=mo, now=later, reason="Names.")
        with pytest.raises(CannotMerge, match="Give both the same visibility first"):
            unmerge(made, by=mo, now=later, reason="Two prompts.")
        fresh(one).set_visibility(to=Visibility.NORMAL, by=mo, now=later, reason="No names.")
        unmerge(made, by=tess, now=later, reason="Two prompts.")
        assert fresh(two).state == State.REPORTED


class TestSeveralAtOnce:
    def test_what_is_refused_stops_no_other_and_undo_brings_all_back(self, new, now, tess):
        survivor, *doubles = new(severity="SEV3"), new(severity="SEV2"), new(severity="SEV1"), new(state="dismissed")
        done = merge_all(doubles, survivor, by=tess, now=now)
        assert [made.duplicate for made in done.merges] == doubles[:2]
        assert len(done.refusals) == 1
        assert fresh(survivor).severity.slug == "SEV1"
        assert len(take_back(done.merges[0], by=tess, now=now)) == 2
        assert [fresh(each).state for each in doubles] == ["reported", "reported", "dismissed"]
        assert fresh(survivor).severity.slug == "SEV3"

    def test_a_link_that_people_made_before_stays_after_the_merge_is_taken_back(self, new, now, tess):
        one, two = new(), new()
        made_before = link(Relation.DUPLICATE, two, one, by=tess, now=now - HOUR)
        made = merge(two, one, by=tess, now=now)
        assert made.link == made_before
        take_back(made, by=tess, now=now)
        assert Link.objects.open().get() == made_before
