"""Which playbook fits: a table without a database."""

import pytest

from incidents.playbooks.fitting import Scope, most_specific

ANY = Scope()
KIND = Scope(harm_kinds=frozenset({"leak", "bias"}))
LEVEL = Scope(severities=frozenset({"SEV1"}))
KIND_AT_LEVEL = Scope(harm_kinds=frozenset({"leak"}), severities=frozenset({"SEV1", "SEV2"}))
SYSTEM = Scope(systems=frozenset({"ranker"}))
ALL = [(scope, scope) for scope in (ANY, LEVEL, KIND, KIND_AT_LEVEL, SYSTEM)]


@pytest.mark.parametrize(
    ("system", "kind", "severity", "wins"),
    [
        ("chat", "other", "SEV3", ANY),
        ("chat", "other", "SEV1", LEVEL),
        ("chat", "bias", "SEV1", KIND),
        ("chat", "leak", "SEV2", KIND_AT_LEVEL),
        ("chat", "leak", "SEV4", KIND),
        ("ranker", "leak", "SEV1", SYSTEM),
    ],
)
def test_the_most_specific_one_wins(system, kind, severity, wins):
    assert most_specific(ALL, system=system, harm_kind=kind, severity=severity) == wins


def test_where_none_fits_there_is_none():
    assert most_specific([(KIND, KIND)], system="chat", harm_kind="other", severity="SEV1") is None


@pytest.mark.parametrize(
    ("one", "other", "is_clash"),
    [
        (ANY, ANY, True),
        (ANY, KIND, False),
        (KIND, Scope(harm_kinds=frozenset({"bias"})), True),
        (KIND, Scope(harm_kinds=frozenset({"other"})), False),
        (KIND, SYSTEM, False),
        (KIND_AT_LEVEL, Scope(harm_kinds=frozenset({"leak"}), severities=frozenset({"SEV2"})), True),
        (KIND_AT_LEVEL, Scope(harm_kinds=frozenset({"leak"}), severities=frozenset({"SEV3"})), False),
    ],
)
def test_two_clash_when_neither_is_more_specific_and_one_incident_fits_both(one, other, is_clash):
    assert one.clashes_with(other) is is_clash
    assert other.clashes_with(one) is is_clash
