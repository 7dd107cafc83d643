"""Writing the levels of an incident: the policies are frozen at its declaration and followed from then on."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.notification.audience import able_one_of, owner_of, ownership_of
from incidents.notification.levels import EscalationLevel, EscalationPlan, LevelState
from incidents.notification.policies.aims import Target
from incidents.notification.policies.choosing import Rung, policy_ids, policy_of, rungs_of
from incidents.notification.policies.records import EscalationPolicy, PolicyLevel
from incidents.notification.policies.shipped import fallback
from incidents.response.models import Incident

Frozen = dict[str, Any]


def plan_levels(incident: Incident) -> EscalationPlan:
    """Freeze what the policies say now, and write the levels for the present severity."""
    found = EscalationPlan.objects.filter(incident=incident).first()
    if found is not None:
        return found
    plan = EscalationPlan.objects.create(incident=incident, frozen=_frozen(incident), severity_id=incident.severity_id)
    _write(incident, plan.in_use, after=0)
    return plan


def move_levels(incident: Incident, *, now: datetime) -> None:
    """Follow a change of severity: other due times, and other people where that severity has another policy.

    Levels that were called stay as they are; nobody is called twice by the same level.
    """
    plan = EscalationPlan.objects.filter(incident=incident).first()
    if plan is not None and plan.of(incident.severity_id) != plan.in_use and incident.acknowledged_at is None:
        levels = incident.escalation_levels
        levels.filter(state=LevelState.WAITING).update(state=LevelState.CANCELLED, ended_at=now)
        last = levels.order_by("-number").first()
        plan.severity_id = incident.severity_id
        plan.save(update_fields=["severity_id"])
        _write(incident, plan.in_use, after=last.number if last else 0)
        return
    for level in waiting(incident):
        level.due_at = level.due_under(incident)
        level.save(update_fields=["due_at"])


def waiting(incident: Incident) -> list[EscalationLevel]:
    """The waiting levels in order, locked. Lock the incident first."""
    levels = incident.escalation_levels.select_for_update(of=("self",))
    return list(levels.filter(state=LevelState.WAITING).select_related("person", "rota").order_by("number", "place"))


def together(levels: list[EscalationLevel]) -> list[list[EscalationLevel]]:
    """Levels by number: those that are called together."""
    return [list(group) for _number, group in groupby(levels, key=lambda level: level.number)]


def first_aims(plan: EscalationPlan) -> list[EscalationLevel]:
    """Whom the policy calls at once, as unsaved levels."""
    rungs = plan.in_use["rungs"]
    return [EscalationLevel(**aim) for aim in rungs[0]["aims"]] if rungs else []


def _write(incident: Incident, frozen: Frozen, *, after: int) -> None:
    rows = list(_levels(incident, frozen, after=after))
    for row in rows:
        row.due_at = row.due_under(incident)
    EscalationLevel.objects.bulk_create(rows)


def _levels(incident: Incident, frozen: Frozen, *, after: int) -> Iterator[EscalationLevel]:
    """The rungs after the first call, then all of them again as often as the policy repeats."""
    first, *others = frozen["rungs"]
    spans = minutes = 0
    for number, rung in enumerate([*others, *([first, *others] * frozen["repeat_count"])], start=after + 1):
        delay = rung["delay_minutes"]
        spans, minutes = (spans + 1, minutes) if delay is None else (spans, minutes + delay)
        for place, aim in enumerate(rung["aims"], start=1):
            yield EscalationLevel(incident=incident, number=number, place=place, spans=spans, minutes=minutes, **aim)


def _frozen(incident: Incident) -> dict[str, Frozen]:
    """Every severity with its policy and the people named in it now."""
    chosen = policy_ids(incident.system)
    severities = list(SeverityLevel.objects.values_list("pk", flat=True))
    ids = {pk: policy_of(chosen, pk) for pk in severities}
    wanted = {policy for policy in ids.values() if policy is not None}
    policies = EscalationPolicy.objects.active().in_bulk(wanted)
    rungs = rungs_of(policies)
    made = {pk: _frozen_policy(policies[pk], rungs.get(pk, []), incident) for pk in policies}
    default = fallback()
    return {
        str(severity): made[policy] if policy in made else _frozen_policy(*default, incident)
        for severity, policy in ids.items()
    }


def _frozen_policy(policy: EscalationPolicy, rungs: list[Rung], incident: Incident) -> Frozen:
    named = [(rung, [aim for level in rung.targets if (aim := _named(level, incident))]) for rung in rungs]
    first = [{"delay_minutes": None, "aims": aims} for rung, aims in named if rung.number == 0]
    others = [{"delay_minutes": rung.delay_minutes, "aims": aims} for rung, aims in named if rung.number > 0 and aims]
    return {
        "policy": policy.pk,
        "name": policy.name,
        "repeat_count": policy.repeat_count,
        "rungs": [*(first or [{"delay_minutes": None, "aims": []}]), *others],
    }


def _named(level: PolicyLevel, incident: Incident) -> dict[str, Any] | None:
    """The target with the person it means now; None where the system names nobody."""
    aim = level.aim
    if level.target in {Target.OWNER, Target.DEPUTY, Target.SYSTEM_ROLE}:
        person = _holder(level, incident)
        return None if person is None else aim | {"person_id": person.pk}
    return aim


def _holder(level: PolicyLevel, incident: Incident) -> User | None:
    if level.target == Target.OWNER:
        return owner_of(incident.system)
    if level.target == Target.DEPUTY:
        ownership = ownership_of(incident.system)
        return ownership.deputy if ownership else None
    held = incident.system.responsible(level.system_role)
    return able_one_of(held) if held else None
