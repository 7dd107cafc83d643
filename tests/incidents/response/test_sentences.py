"""The timeline in words."""

import pytest

from incidents.response import sentences
from incidents.response.kinds import Kind
from incidents.response.looks import LOOKS
from incidents.response.models import TimelineEntry
from incidents.response.names import Names

NAMES = Names(people={7: "Ravi Rao", 8: "Lee Long"}, harm_kinds={"data_exposure": "Data exposed"})


def test_every_kind_has_a_sentence_and_a_look():
    assert set(Kind) <= set(sentences.SENTENCES)
    assert set(Kind) <= set(LOOKS)


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        (Kind.DECLARED, {"severity": "SEV2", "system": "x"}, "Declared as SEV2"),
        (Kind.TRIAGED, {"severity": "SEV1", "harm_kind": "data_exposure"}, "Triaged as SEV1: Data exposed"),
        (Kind.SEVERITY_RAISED, {"from": "SEV3", "to": "SEV1"}, "Severity raised from SEV3 to SEV1"),
        (Kind.HANDED_OVER, {"from": None, "to": 7}, "Ravi Rao took the lead"),
        (Kind.HANDED_OVER, {"from": 7, "to": 8}, "Lead handed over from Ravi Rao to Lee Long"),
        (Kind.HANDED_OVER, {"from": 7, "to": None}, "Ravi Rao gave up the lead"),
        (Kind.HANDED_OVER, {"from": None, "to": 99}, "somebody took the lead"),
        (Kind.ROLE_ASSIGNED, {"role": "legal", "person": 8}, "Lee Long named for the role: Legal"),
        (Kind.REOPENED, {"from": "closed"}, "Reopened; it was closed"),
        (
            Kind.TIME_CORRECTED,
            {"which": "started_at", "before": None, "after": "2026-11-23T09:30:00+00:00"},
            "Time corrected: harm started is 23 Nov 2026, 09:30 UTC, was unknown",
        ),
    ],
)
def test_facts_become_a_sentence_with_names(kind, facts, words):
    assert sentences.sentence(TimelineEntry(kind=kind, facts=facts), NAMES) == words


def test_a_kind_from_a_later_release_is_still_readable():
    assert sentences.sentence(TimelineEntry(kind="model_rolled_back", facts={}), NAMES) == "Model rolled back"


def test_the_people_whom_facts_name_are_found_for_one_query():
    entries = [
        TimelineEntry(kind=Kind.HANDED_OVER, facts={"from": 7, "to": 8}),
        TimelineEntry(kind=Kind.SEVERITY_RAISED, facts={"from": "SEV3", "to": "SEV1"}),
        TimelineEntry(kind=Kind.ROLE_ASSIGNED, facts={"role": "legal", "person": 9}),
    ]
    assert sentences.people_in(entries) == {7, 8, 9}
