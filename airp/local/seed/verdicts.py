"""A threshold with a past: breaches that people judged, and a change of it that waits for a second person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from airp.local.seed.people import People
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.detection.breaches import Breach, BreachKind, Origin
from incidents.detection.changing import change_rule
from incidents.detection.choices import ConfidenceChoice, Metric, Mode, OnBreach, OpChoice
from incidents.detection.deciding import Decision
from incidents.detection.late.records import LateRun
from incidents.detection.thresholds import Threshold
from incidents.detection.verdicts import Verdict
from incidents.detection.versions import ThresholdVersion
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction
from incidents.systems.models import AISystem

NAME = "Wrong quotes in published summaries"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Past:
    """One breach of long ago: when, how bad, and what people made of it. Without a verdict an incident took it."""

    days: int
    bad: int
    verdict: Verdict | None
    reason: str = ""


PASTS = (
    Past(83, 9, None),
    Past(76, 5, Verdict.FALSE_ALARM, "The checker did not know the new spelling of a station."),
    Past(61, 8, None),
    Past(52, 6, Verdict.EXPECTED_CHANGE, "A partner changed its archive; quotes were re-checked by hand that day."),
    Past(40, 11, None),
    Past(33, 5, Verdict.FALSE_ALARM, "Two summaries quoted each other; both were right."),
    Past(19, 7, None),
    Past(6, 6, Verdict.DUPLICATE, "The same article as last week, not yet re-published."),
)


def install(system: AISystem, people: People, *, now: datetime) -> None:
    """Create the threshold, its past and the waiting change, unless they are there."""
    if Threshold.objects.filter(name=NAME).exists():
        return
    threshold = Threshold.objects.create(name=NAME, system=system, owner=people["marta"], on_breach=OnBreach.ASK)
    began = now - 90 * DAY
    reason = "One wrong quote in a hundred is what the editors can correct on the same day."
    threshold.add_version(_version(), by=people["mina"], now=began, reason=reason)
    threshold.set_mode(Mode.ACTIVE, by=people["mina"], now=began, reason="Tried in shadow for two weeks.")
    incidents = list(Incident.objects.filter(system=system).order_by("declared_at"))
    for past in PASTS:
        _tell(threshold, past, people, incidents, now=now)
    _find_late(threshold, now=now)
    _propose(threshold, people, now=now)
    # Nobody is called today about last spring.
    breaches = list(threshold.breaches.values_list("pk", flat=True))
    PendingReaction.objects.filter(Q(facts__breach__in=breaches) | Q(facts__threshold=threshold.pk)).delete()


def _version() -> ThresholdVersion:
    return ThresholdVersion(
        kind="evaluation",
        category="quote_check",
        metric=Metric.RATIO,
        op=OpChoice.GT,
        limit=10_000,
        min_samples=100,
        confidence=ConfidenceChoice.C90,
        window_seconds=6 * 3_600,
        severity=SeverityLevel.objects.get(slug="SEV3"),
        harm_kind=HarmKind.objects.get(slug="false_information"),
    )


def _tell(threshold: Threshold, past: Past, people: People, incidents: list[Incident], *, now: datetime) -> None:
    began = now - past.days * DAY
    breach = Breach.objects.create(
        threshold=threshold,
        version=threshold.versions.get(),
        started_at=began - 2 * MINUTE,
        detected_at=began,
        cleared_at=began + 5 * 60 * MINUTE,
        cleared_reason="cleared",
        decision_due_at=began + 15 * MINUTE,
        bad=past.bad,
        n=240,
        peak_bad=past.bad + 3,
        peak_n=240,
    )
    decided_at = began + 9 * MINUTE
    if past.verdict is not None:
        breach.dismiss(verdict=past.verdict, by=people["marta"], now=decided_at, reason=past.reason)
        return
    nearest = min(incidents, key=lambda incident: abs(incident.declared_at - began))
    breach.incident, breach.decision, breach.verdict = nearest, Decision.INTERVENE, Verdict.TRUE
    breach.decided_by, breach.decided_at, breach.decision_due_at = people["marta"], decided_at, None
    breach.save()
    breach.decisions.create(
        at=decided_at, by=people["marta"], decision=Decision.INTERVENE, verdict=Verdict.TRUE, reason=past.reason
    )


def _find_late(threshold: Threshold, *, now: datetime) -> None:
    """The checker's queue stood still over a night and came a day and a half later, with wrong quotes in it."""
    began, came = now - 12 * DAY, now - 12 * DAY + 36 * 60 * MINUTE
    figures = {"bad": 8, "n": 260, "peak_bad": 8, "peak_n": 260}
    Breach.objects.create(
        threshold=threshold,
        version=threshold.versions.get(),
        kind=BreachKind.RECORD,
        origin=Origin.LATE,
        started_at=began,
        detected_at=came,
        cleared_at=began + 7 * 60 * MINUTE,
        cleared_reason="cleared",
        **figures,
    )
    run = {"first_minute": began - 60 * MINUTE, "last_minute": began + 60 * MINUTE, "lag_seconds": 37 * 3_600}
    LateRun.objects.create(threshold=threshold, number=1, window_count=600, found_count=1, finished_at=came, **run)


def _propose(threshold: Threshold, people: People, *, now: datetime) -> None:
    looser = ThresholdVersion.from_rule({**threshold.versions.get().as_rule, "limit": 15_000})
    reason = "Two of the last eight were false alarms of the checker; at 1.5 % both would have stayed silent."
    change_rule(threshold, looser, by=people["marta"], now=now - 20 * MINUTE, reason=reason)
