"""The table of moves, walked whole: from each state each verb either leads on with one entry or is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from airp.accounts.models import User
from incidents.classification.models import HarmKind
from incidents.response.kinds import Kind
from incidents.response.models import Incident, TimelineEntry
from incidents.response.people import IncidentRole
from incidents.response.refusals import AlreadyDone, NotPermitted, Refusal, WrongState
from incidents.response.states import MOVES, State, Verb
from incidents.response.telling import IncidentTime
from incidents.response.visibility import Visibility
from tests import factories
from tests.incidents.answering import SERIOUS, answered, answers
from tests.incidents.cases import incident, level

pytestmark = pytest.mark.django_db


def another_kind(case: Incident) -> HarmKind:
    found = HarmKind.objects.exclude(pk=case.harm_kind_id).exclude(slug="other").first()
    assert found is not None
    return found


Act = Callable[[Incident, User | None, datetime], TimelineEntry]

ACTS: dict[Verb, tuple[Kind, Act]] = {
    Verb.ACKNOWLEDGE: (Kind.ACKNOWLEDGED, lambda i, by, now: i.acknowledge(by=by, now=now)),
    Verb.TRIAGE: (
        Kind.TRIAGED,
        lambda i, by, now: i.triage(severity=i.severity, harm_kind=HarmKind.objects.first(), by=by, now=now),
    ),
    Verb.RAISE_SEVERITY: (
        Kind.SEVERITY_RAISED,
        lambda i, by, now: i.raise_severity(to=level("SEV1"), by=by, now=now, reason="Two people acted on it."),
    ),
    Verb.LOWER_SEVERITY: (
        Kind.SEVERITY_LOWERED,
        lambda i, by, now: i.lower_severity(to=level("SEV4"), by=by, now=now, reason="Nobody acted on it."),
    ),
    Verb.ASSESS: (
        Kind.SEVERITY_ASSESSED,
        lambda i, by, now: i.assess(answered=answered(answers(SERIOUS)), by=by, now=now),
    ),
    Verb.CONTAIN: (Kind.CONTAINED, lambda i, by, now: i.contain(by=by, now=now, reason="Flag off.")),
    Verb.RESOLVE: (Kind.RESOLVED, lambda i, by, now: i.resolve(by=by, now=now, reason="Prompt put back.")),
    Verb.CLOSE: (Kind.CLOSED, lambda i, by, now: i.close(by=by, now=now)),
    Verb.DISMISS: (Kind.DISMISSED, lambda i, by, now: i.dismiss(by=by, now=now, reason="A test message.")),
    Verb.REOPEN: (Kind.REOPENED, lambda i, by, now: i.reopen(by=by, now=now, reason="It came back.")),
    Verb.MERGE: (Kind.MERGED, lambda i, by, now: i.merge_into(incident(now=now), by=by, now=now)[0]),
    Verb.UNMERGE: (Kind.UNMERGED, lambda i, by, now: i.unmerge(i.standing, by=by, now=now)[0]),
    Verb.HAND_OVER: (
        Kind.HANDED_OVER,
        lambda i, by, now: i.hand_over(to=factories.person("ravi"), by=by, now=now),
    ),
    Verb.ASSIGN_ROLE: (
        Kind.ROLE_ASSIGNED,
        lambda i, by, now: i.assign_role(role=IncidentRole.LEGAL, person=factories.person("lee"), by=by, now=now),
    ),
    Verb.EDIT_DETAILS: (
        Kind.DETAILS_EDITED,
        lambda i, by, now: i.edit_details(title="Reworded", summary="", by=by, now=now, expected=i.version),
    ),
    Verb.CORRECT_TIME: (
        Kind.TIME_CORRECTED,
        lambda i, by, now: i.correct_time(
            which=IncidentTime.STARTED, to=i.declared_at - timedelta(hours=1), by=by, now=now, reason="The logs."
        ),
    ),
    Verb.CHANGE_HARM_KIND: (
        Kind.HARM_KIND_CHANGED,
        lambda i, by, now: i.change_harm_kind(to=another_kind(i), by=by, now=now, reason="It leaked names too."),
    ),
    Verb.CORRECT_TAGS: (
        Kind.TAGS_CORRECTED,
        lambda i, by, now: i.correct_tags(to=["mit:7.6"], by=by, now=now),
    ),
    Verb.ADD_NOTE: (Kind.NOTE_ADDED, lambda i, by, now: i.add_note(text="Seen in three chats.", by=by, now=now)),
    Verb.POST_UPDATE: (Kind.UPDATE_POSTED, lambda i, by, now: i.post_update(text="Flag is off.", by=by, now=now)),
    Verb.SET_VISIBILITY: (
        Kind.VISIBILITY_CHANGED,
        lambda i, by, now: i.set_visibility(to=Visibility.RESTRICTED, by=by, now=now, reason="Names in it."),
    ),
}


def stored(case: Incident) -> dict[str, Any]:
    return Incident.objects.filter(pk=case.pk).values().get()


def entries(case: Incident) -> list[tuple[int, str]]:
    return list(case.timeline.order_by("seq").values_list("seq", "kind"))


def test_every_verb_of_the_table_is_tried_here():
    assert set(ACTS) == set(Verb) == set(MOVES)


@pytest.mark.parametrize("verb", Verb)
def test_a_verb_leads_where_the_table_says_or_changes_nothing(verb, now, mo):
    kind, act = ACTS[verb]
    for state in State:
        case = incident(now=now, state=state)
        before, entries_before = stored(case), entries(case)

        if refusal := expected_refusal(verb, case):
            with pytest.raises(refusal):
                act(case, mo, now)
            assert (stored(case), entries(case)) == (before, entries_before)
        else:
            entry = act(case, mo, now)
            assert (entry.kind, entry.actor, entry.happened_at) == (kind, mo, now)
            assert entries(case) == [*entries_before, (len(entries_before) + 1, kind)]
            assert stored(case)["state"] == (MOVES[verb].to or state)
            assert entry.state_after == stored(case)["state"]


def expected_refusal(verb: Verb, case: Incident) -> type[Refusal] | None:
    if case.state not in MOVES[verb].sources:
        return WrongState
    # What was merged before stands in tests/incidents/linking.
    is_done = verb is Verb.UNMERGE or (verb is Verb.ACKNOWLEDGE and case.acknowledged_at)
    return AlreadyDone if is_done else None


@pytest.mark.parametrize("verb", Verb)
def test_a_verb_is_refused_to_whose_roles_lack_its_capability(verb, now):
    state = next(state for state in State if state in MOVES[verb].sources)
    case = incident(now=now, state=state)
    before, entries_before = stored(case), entries(case)
    people = [factories.person(name) for name in factories.CAST]
    unable = [person for person in people if not person.can(MOVES[verb].capability)]

    assert unable
    for person in unable:
        with pytest.raises(NotPermitted):
            ACTS[verb][1](case, person, now)
        assert (stored(case), entries(case)) == (before, entries_before)


@pytest.mark.parametrize(
    ("verb", "act"),
    [
        (Verb.CONTAIN, lambda i, by, now: i.contain(by=by, now=now, reason="  ")),
        (Verb.RESOLVE, lambda i, by, now: i.resolve(by=by, now=now, reason="")),
        (Verb.DISMISS, lambda i, by, now: i.dismiss(by=by, now=now, reason="")),
        (Verb.REOPEN, lambda i, by, now: i.reopen(by=by, now=now, reason="\n")),
        (Verb.RAISE_SEVERITY, lambda i, by, now: i.raise_severity(to=level("SEV1"), by=by, now=now, reason="")),
        (Verb.SET_VISIBILITY, lambda i, by, now: i.set_visibility(to=Visibility.RESTRICTED, by=by, now=now, reason="")),
    ],
)
def test_a_verb_that_demands_a_reason_says_which_one(verb, act, now, mo):
    case = incident(now=now, state=next(state for state in State if state in MOVES[verb].sources))
    before = stored(case)

    with pytest.raises(Refusal, match=MOVES[verb].demands_reason):
        act(case, mo, now)
    assert stored(case) == before


def test_a_refusal_names_the_present_state_and_the_states_it_needs(now, mo):
    case = incident(now=now)

    with pytest.raises(WrongState) as refused:
        case.resolve(by=mo, now=now, reason="Put right.")
    assert str(refused.value) == f"{case.reference} is reported. This needs an incident that is: contained."


def test_the_note_of_a_colleague_needs_no_fresh_page(now, tess):
    case = incident(now=now)
    stale = Incident.objects.get(pk=case.pk)
    case.acknowledge(by=tess, now=now)

    stale.contain_due_at = None  # whatever a stale instance holds is read anew under the lock
    stale.add_note(text="Called the team.", by=tess, now=now)
    assert [kind for _, kind in entries(case)] == ["declared", "acknowledged", "note_added"]
