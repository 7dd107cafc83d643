"""Playbooks, incidents that were triaged, and their consequences drawn as a worker draws them."""

from datetime import datetime, timedelta

from incidents.classification.models import HarmKind
from incidents.playbooks.fitting import Scope
from incidents.playbooks.playbook import Playbook, PlaybookVersion
from incidents.playbooks.task import Task
from incidents.response.models import Incident
from incidents.response.timeline import react_to_next
from tests import factories
from tests.incidents import cases

MINUTE = timedelta(minutes=1)
STEPS = (
    {"title": "Stop it", "lane": "technical", "before": "contained", "due_minutes": 30},
    {"title": "Decide what is owed", "lane": "legal", "kind": "decision", "detail": {"options": ["Honour", "Refuse"]},
     "before": "resolved", "due_minutes": 60, "due_from": "contained_at"},
    {"title": "Check all three", "kind": "checklist", "detail": {"items": ["one", "two", "three"]}, "before": "closed"},
    {"title": "Soak", "lane": "technical", "kind": "wait_for", "detail": {"until": "time", "minutes": 60}},
    {"title": "Until contained", "lane": "technical", "kind": "wait_for", "detail": {"until": "contained"}},
)  # fmt: skip


def draft(slug: str = "commitment", *, now: datetime, steps=STEPS, **scope) -> PlaybookVersion:
    """A new playbook with a draft of these steps."""
    playbook = Playbook.objects.create(slug=slug, name=slug.capitalize(), purpose="For tests.")
    made = playbook.begin_draft(by=None, now=now)
    for step in steps:
        made.add_step(by=None, now=now, **step)
    made.set_scope(Scope(**{name: frozenset(values) for name, values in scope.items()}), by=None, now=now)
    return made


def published(slug: str = "commitment", *, now: datetime, **given) -> PlaybookVersion:
    made = draft(slug, now=now, **given)
    made.publish(by=None, now=now, why="First.")
    return made


def kind(slug: str = "unauthorised_commitment") -> HarmKind:
    return HarmKind.objects.get(slug=slug)


def draw(*, now: datetime) -> None:
    """Every consequence that waits."""
    while react_to_next(now=now):
        pass


def triaged(*, now: datetime, severity: str = "SEV3", harm: str = "unauthorised_commitment", **given) -> Incident:
    """Declared and triaged by Tess, who leads it; consequences drawn."""
    incident = cases.incident(now=now, severity=severity, **given)
    tess = given.get("by") or factories.person("tess")
    incident.triage(severity=cases.level(severity), harm_kind=kind(harm), by=tess, now=now)
    draw(now=now)
    return incident


def task(incident: Incident, number: int) -> Task:
    return Task.objects.get(incident=incident, number=number)
