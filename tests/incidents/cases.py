"""Incidents in every state, made with the verbs that people use."""

from datetime import datetime, timedelta
from typing import Any

from airp.accounts.models import User
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.classification.shipped import install
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.states import State
from incidents.systems.models import AISystem
from tests import factories

MINUTE = timedelta(minutes=1)


def level(slug: str) -> SeverityLevel:
    return SeverityLevel.objects.get(slug=slug)


def assistant() -> AISystem:
    """The system of most tests, with severity levels and harm kinds in place."""
    if not SeverityLevel.objects.exists():
        install()
    found, _ = AISystem.objects.get_or_create(
        slug="assistant", defaults={"name": "Assistant", "purpose": "Answers customers."}
    )
    return found


def incident(*, now: datetime, state: State = State.REPORTED, severity: str = "SEV2", **given: Any) -> Incident:
    """An incident that Tess declared and that went on to `state`, a minute per step, all before `now`."""
    tess, mo = factories.person("tess"), factories.person("mo")
    system = given.pop("system", None) or assistant()
    at, by = now - 10 * MINUTE, given.pop("by", tess)
    given = {"title": "Refunds promised against policy"} | given
    declared = declare(Declaration(system=system, severity=level(severity), **given), by=by, now=at)
    return _walk(declared, state, tess=tess, mo=mo, at=at)


def _walk(declared: Incident, state: State, *, tess: User, mo: User, at: datetime) -> Incident:
    if state == State.DISMISSED:
        declared.dismiss(by=tess, now=at + MINUTE, reason="A test message.")
        return declared
    kind = HarmKind.objects.get(slug="unauthorised_commitment")
    steps = {
        State.TRIAGED: lambda: declared.triage(severity=declared.severity, harm_kind=kind, by=tess, now=at + MINUTE),
        State.CONTAINED: lambda: declared.contain(by=mo, now=at + 2 * MINUTE, reason="Guardrail on."),
        State.RESOLVED: lambda: declared.resolve(by=mo, now=at + 3 * MINUTE, reason="Prompt put back."),
        State.CLOSED: lambda: declared.close(by=mo, now=at + 4 * MINUTE),
    }
    for reached, step in steps.items():
        if declared.state == state:
            break
        step()
        assert declared.state == reached
    return declared
