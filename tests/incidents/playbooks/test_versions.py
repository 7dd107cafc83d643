"""Playbooks have versions that never change, and an edit is a draft of the next one."""

import pytest
from django.db import DatabaseError, transaction

from airp.audit.models import AuditEntry
from incidents.classification.shipped import HARM_KINDS
from incidents.playbooks import shipped
from incidents.playbooks.fitting import Scope
from incidents.playbooks.playbook import Playbook, PlaybookStep
from incidents.playbooks.refusals import DraftExists, NotADraft, NothingToPublish, TwoWouldFit
from incidents.playbooks.wording import changes
from incidents.response.lanes import Lane
from incidents.response.refusals import NotPermitted, ReasonMissing
from tests.incidents.playbooks import makers

pytestmark = pytest.mark.django_db
KINDS = {"harm_kinds": ["bias", "leak"]}


def test_a_published_version_is_immutable_for_everybody_even_in_sql(now, ada):
    version = makers.published(now=now)
    with pytest.raises(NotADraft):
        version.add_step(by=ada, now=now, title="Late")
    for change in (
        lambda: version.steps.update(title="Other"),
        lambda: version.steps.first().delete(),
        lambda: PlaybookStep.objects.create(version=version, key="x", position=9, title="Smuggled"),
        lambda: type(version).objects.filter(pk=version.pk).update(severities=["SEV1"]),
        lambda: type(version).objects.filter(pk=version.pk).update(state="draft"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert version.steps.filter(title="Stop it").count() == 1


def test_a_draft_copies_the_newest_replaces_it_when_published_and_tells_what_changed(now, ada):
    first = makers.published(now=now, **KINDS)
    playbook = first.playbook
    draft = playbook.begin_draft(by=ada, now=now)
    keys = [step.key for step in draft.steps.order_by("position")]
    draft.move_step(keys[2], places=-1, by=ada, now=now)
    draft.remove_step(keys[4], by=ada, now=now)
    draft.change_step(keys[0], {"title": "Stop it at once"}, by=ada, now=now)
    draft.add_step(by=ada, now=now, title="New one")
    draft.move_step(keys[0], places=-1, by=ada, now=now)  # already the first
    told = {(each["what"], each["title"]) for each in changes(first.steps.order_by("position"), draft.steps.order_by("position"))}  # fmt: skip # noqa: E501
    assert told == {
        ("Changed", "Stop it at once"), ("Moved", "Decide what is owed"), ("Moved", "Check all three"),
        ("Removed", "Until contained"), ("Added", "New one"),
    }  # fmt: skip
    assert [step.position for step in draft.steps.order_by("position")] == [1, 2, 3, 4, 5]
    draft.publish(by=ada, now=now, why="Learned something.")
    first.refresh_from_db()
    assert (first.state, draft.state, draft.number) == ("superseded", "published", 2)
    entry = AuditEntry.objects.get(act="playbook.published", actor=ada)
    assert entry.facts == {"playbook": playbook.pk, "version": 2, "before": 1}


def test_publishing_needs_steps_a_reason_the_right_and_no_tie(now, ada, ravi):
    makers.published("first", now=now, **KINDS)
    empty = makers.draft("empty", now=now, steps=(), severities=["SEV1"])
    with pytest.raises(NothingToPublish):
        empty.publish(by=ada, now=now, why="x")
    good = makers.draft("good", now=now, severities=["SEV2"])
    with pytest.raises(ReasonMissing):
        good.publish(by=ada, now=now, why=" ")
    with pytest.raises(NotPermitted):
        good.publish(by=ravi, now=now, why="x")
    with pytest.raises(TwoWouldFit, match="First"):
        good.set_scope(Scope(harm_kinds=frozenset({"leak"})), by=ada, now=now)
    good.refresh_from_db()
    assert (good.state, good.harm_kinds) == ("draft", [])
    assert not AuditEntry.objects.filter(actor=ada).exists()


def test_a_tie_that_came_after_the_draft_was_saved_is_refused_at_publishing(now, ada):
    late = makers.draft("late", now=now, **KINDS)
    makers.published("sooner", now=now, **KINDS)
    with pytest.raises(TwoWouldFit):
        late.publish(by=ada, now=now, why="x")
    Playbook.objects.get(slug="sooner").retire(by=ada, now=now, why="The other one is better.")
    late.publish(by=ada, now=now, why="x")
    assert late.state == "published"


def test_there_is_one_draft_at_a_time_and_it_can_be_thrown_away(now, ada):
    playbook = makers.published(now=now).playbook
    draft = playbook.begin_draft(by=ada, now=now)
    with pytest.raises(DraftExists):
        playbook.begin_draft(by=ada, now=now)
    draft.discard(by=ada)
    assert [version.number for version in playbook.versions.all()] == [1]


def test_the_five_shipped_ones_fit_their_harm_kinds_and_are_installed_once(now, ada):
    assert shipped.install(by=None, now=now) == 5
    assert shipped.install(by=ada, now=now) == 0
    in_force = [playbook.versions.get() for playbook in Playbook.objects.order_by("pk")]
    assert {version.state for version in in_force} == {"published"}
    assert {kind for version in in_force for kind in version.harm_kinds} <= {slug for slug, *_ in HARM_KINDS}
    lanes = {lane for version in in_force for lane in version.steps.values_list("lane", flat=True)}
    assert lanes == {"", *Lane.values}
    assert all(8 < version.steps.count() < 12 for version in in_force)
