"""Thresholds of the demo that look at single events. In the story none of them fires."""

from datetime import datetime

from airp.local.seed.people import People
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.detection.choices import Mode, OnBreach
from incidents.detection.templates_shipped import (
    AGAIN_AND_AGAIN,
    CONTACTS,
    DISTINCT_COMPLAINANTS,
    ZERO_TOLERANCE,
    Template,
)
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.systems.models import AISystem

ASKED_BY = ("A journalist asks", "An authority asks", "A court asks")


def install(system: AISystem, people: People, *, now: datetime) -> None:
    """Create what is missing."""
    _add(
        "Customer data shown to others",
        ZERO_TOLERANCE,
        system,
        people,
        severity="SEV1",
        on_breach=OnBreach.DECLARE,
        reason="Another customer's data in an answer is a breach of law the first time it happens.",
        now=now,
    )
    _add(
        "Complaints by many customers",
        DISTINCT_COMPLAINANTS,
        system,
        people,
        severity="SEV3",
        on_breach=OnBreach.ASK,
        reason="The service desk answers forty customers an hour. More than that cannot wait for the weekly look.",
        now=now,
        limit=40,
    )
    _add(
        "The same customer complains again",
        AGAIN_AND_AGAIN,
        system,
        people,
        severity="SEV4",
        on_breach=OnBreach.ASK,
        reason="Three complaints in a day mean that nobody helped after the first two.",
        now=now,
    )
    for template, name in zip(CONTACTS, ASKED_BY, strict=True):
        _add(
            name,
            template,
            system,
            people,
            severity="SEV2",
            on_breach=OnBreach.ASK,
            reason="Whoever asks on behalf of the public expects one answer, from the right person, in time.",
            now=now,
        )


def _add(
    name: str,
    template: Template,
    system: AISystem,
    people: People,
    *,
    severity: str,
    on_breach: OnBreach,
    reason: str,
    now: datetime,
    **changed: int,
) -> None:
    fields = {"system": system, "owner": people["ingrid"], "on_breach": on_breach, "decision_due_seconds": 3_600}
    threshold, is_new = Threshold.objects.get_or_create(name=name, defaults=fields)
    if not is_new:
        return
    version = ThresholdVersion(
        **{**template.rule, **changed},
        eval_delay_seconds=0,
        severity=SeverityLevel.objects.get(slug=severity),
        harm_kind=HarmKind.objects.filter(slug=template.rule.get("category", "")).first(),
        dedup_template=f"{{system}}/{template.slug}",
    )
    threshold.add_version(version, by=people["mina"], now=now, reason=reason)
    threshold.set_mode(Mode.ACTIVE, by=people["mina"], now=now, reason="Ready for the demo.")
