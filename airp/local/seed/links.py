"""Incidents that belong together: one that came back, one that was declared twice and merged, and a drill."""

from datetime import datetime, timedelta

from airp.local.seed.people import People
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.linking.link import Link
from incidents.linking.linking import link
from incidents.linking.merging import merge
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident, IncidentKind
from incidents.response.relations import Relation
from incidents.response.states import State
from incidents.response.timeline import PendingReaction
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem

MINUTE = timedelta(minutes=1)


def install(people: People, systems: dict[str, AISystem], *, now: datetime) -> None:
    """Once: whatever people link or merge later stays as it is."""
    if Link.objects.exists():
        return
    known = Incident.objects.filter(visibility=Visibility.NORMAL, kind=IncidentKind.LIVE)
    _came_back(list(known.filter(state=State.CLOSED).order_by("-declared_at", "-pk")), people, now=now)
    told = [_practised(systems["travel-brief"], people, now=now - 40 * MINUTE)]
    at_work = known.under_way().order_by("-declared_at", "-pk").first()
    if at_work is not None:
        told += [at_work, _declared_twice(at_work, people, now=now - 3 * MINUTE)]
    # Nobody is called about a past that was only told.
    PendingReaction.objects.filter(entry__incident__in=told).delete()


def _came_back(past: list[Incident], people: People, *, now: datetime) -> None:
    """The two newest of one system and kind of harm, or of one system."""
    for newer in past:
        alike = [each for each in past if each.system_id == newer.system_id and each.declared_at < newer.declared_at]
        same = next((each for each in alike if each.harm_kind_id == newer.harm_kind_id), None)
        if same is not None:
            reason = "The same promise in other words: the first repair covered one phrase only."
            link(Relation.RECURRENCE, newer, same, by=people["sara"], now=now - 60 * MINUTE, reason=reason)
            return


def _declared_twice(survivor: Incident, people: People, *, now: datetime) -> Incident:
    doubled = Declaration(
        title=f"{survivor.title[:180]} (by phone)",
        summary="Support called: three customers in a row told the same. Declared before anybody looked at the board.",
        system=survivor.system,
        severity=SeverityLevel.objects.get(pk=survivor.severity_id),
        started_at=survivor.started_at,
    )
    duplicate = declare(doubled, by=people["sara"], now=now)
    merge(duplicate, survivor, by=people["sara"], now=now + MINUTE, note="The same answers, the same hour.")
    return duplicate


def _practised(system: AISystem, people: People, *, now: datetime) -> Incident:
    drill = declare(
        Declaration(
            title="Drill: the brief invents a strike",
            summary="We practise: who corrects what was printed, and who tells the readers, within the hour.",
            system=system,
            severity=SeverityLevel.objects.get(slug="SEV3"),
            kind=IncidentKind.DRILL,
        ),
        by=people["sara"],
        now=now,
    )
    harm = HarmKind.objects.filter(retired_at__isnull=True).order_by("position").first()
    if harm is not None:
        drill.triage(severity=drill.severity, harm_kind=harm, by=people["sara"], now=now + 4 * MINUTE, note="Go.")
    return drill
