"""Which policy applies, and its levels in the order of their calls. Reads only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q

from incidents.notification.policies.records import PolicyChoice, PolicyLevel
from incidents.systems.models import AISystem


@dataclass(frozen=True, slots=True)
class Rung:
    """A level of a policy with the rows that are called together."""

    number: int
    delay_minutes: int | None
    targets: tuple[PolicyLevel, ...]


def policy_ids(system: AISystem) -> dict[int | None, int]:
    """Severity id -> policy id for one system; the key None is what holds where no severity is named."""
    choices = PolicyChoice.objects.filter(Q(system=system) | Q(system__isnull=True))
    rows = list(choices.values_list("system_id", "severity_id", "policy_id"))
    for_all: dict[int | None, int] = {severity: policy for named, severity, policy in rows if named is None}
    for_system: dict[int | None, int] = {severity: policy for named, severity, policy in rows if named is not None}
    if None in for_system:  # a policy of the system itself stands before the levels of all systems
        return for_system
    return for_all | for_system


def policy_of(chosen: Mapping[int | None, int], severity_id: int) -> int | None:
    return chosen.get(severity_id, chosen.get(None))


def rungs_of(policy_ids: Iterable[int]) -> dict[int, list[Rung]]:
    """The levels of each policy, in order. One query."""
    rows = PolicyLevel.objects.filter(policy__in=set(policy_ids)).select_related("person", "rota")
    ordered = rows.order_by("policy_id", "number", "pk")
    return {policy: _rungs(levels) for policy, levels in groupby(ordered, key=lambda level: level.policy_id)}


def _rungs(levels: Iterable[PolicyLevel]) -> list[Rung]:
    rungs = []
    for number, together in groupby(levels, key=lambda level: level.number):
        targets = tuple(together)
        rungs.append(Rung(number, targets[0].delay_minutes, targets))
    return rungs
