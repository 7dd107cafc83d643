"""The policies to read: whom each calls and when, and which one applies to which system and severity."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web import times
from airp.web.answers import answer
from airp.web.navigation import is_permitted
from incidents.classification.models import SeverityLevel
from incidents.notification.policies.choosing import Rung, rungs_of
from incidents.notification.policies.records import EscalationPolicy, PolicyChoice
from incidents.notification.policies.shipped import fallback
from incidents.systems.models import AISystem

PAGE = "incidents/escalation_policies.html"
Chosen = dict[tuple[int | None, int | None], int]


def policies(request: AirpRequest) -> HttpResponse:
    """All policies in use, in words, and the table of where they apply."""
    found = list(EscalationPolicy.objects.active())
    rungs = rungs_of(policy.pk for policy in found)
    levels = list(SeverityLevel.objects.order_by("rank"))
    default, default_rungs = fallback()
    names = {policy.pk: policy.name for policy in found}
    context = {
        "policies": [_shown(policy, rungs.get(policy.pk, [])) for policy in found],
        "levels": levels,
        "rows": _table(names, levels, default=default.name),
        "default": None if found else _shown(default, default_rungs),
        "policies_url": _admin_url(request, "admin:incidents_escalationpolicy_changelist"),
        "choices_url": _admin_url(request, "admin:incidents_policychoice_changelist"),
    }
    return answer(request, PAGE, context)


def _shown(policy: EscalationPolicy, rungs: list[Rung]) -> dict[str, Any]:
    return {
        "policy": policy,
        "steps": [{"when": _when(rung), "who": [level.name for level in rung.targets]} for rung in rungs],
        "repeats": policy.repeat_count,
    }


def _when(rung: Rung) -> str:
    if rung.number == 0:
        return _("At once")
    if rung.delay_minutes is None:
        return _("After the time for acknowledging")
    if rung.delay_minutes == 0:
        return _("Right after that")
    return _("%(span)s later") % {"span": times.span(rung.delay_minutes * 60)}


def _table(names: dict[int, str], levels: list[SeverityLevel], *, default: str) -> list[dict[str, Any]]:
    """One row per system and one for all others, with the name of the policy for each severity."""
    chosen: Chosen = {
        (system, severity): policy
        for system, severity, policy in PolicyChoice.objects.values_list("system_id", "severity_id", "policy_id")
    }
    systems: list[tuple[int | None, str]] = [(None, _("All other systems"))]
    systems[:0] = AISystem.objects.filter(retired_at__isnull=True).order_by("name").values_list("pk", "name")
    return [
        {"name": name, "policies": [names.get(_chosen(chosen, system, level.pk) or 0, default) for level in levels]}
        for system, name in systems
    ]


def _chosen(chosen: Chosen, system: int | None, severity: int) -> int | None:
    places = ((system, severity), (system, None), (None, severity), (None, None))
    return next((chosen[place] for place in places if place in chosen), None)


def _admin_url(request: AirpRequest, name: str) -> str:
    return reverse(name) if is_permitted(request, name) else ""
