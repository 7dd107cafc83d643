"""Alerts of the platform team's Alertmanager about the candidate ranker: one that ended, one that waits on hold."""

from datetime import datetime, timedelta

from airp.local.seed.people import People
from incidents.detection.alerting import take_reports
from incidents.detection.breaches import Breach
from incidents.detection.dialects import AlertDialect
from incidents.detection.ingestion import Outcome, note_outcome
from incidents.detection.parsers.reports import Act, Report, payload_hash
from incidents.detection.sources import SignalSource, SourceKind
from incidents.detection.verdicts import Verdict
from incidents.response.timeline import PendingReaction
from incidents.systems.models import AISystem

NAME = "Alertmanager of the platform team"
HOUR = timedelta(hours=1)


def install(system: AISystem, people: People, *, now: datetime) -> None:
    """Create the source and what it told, unless it is there."""
    if SignalSource.objects.filter(name=NAME).exists():
        return
    source = SignalSource.objects.create(
        name=NAME,
        system=system,
        kind=SourceKind.ALERTMANAGER,
        expected_interval_seconds=86_400,
        note="Speaks only when something is wrong; its watchdog alert arrives once a day.",
    )
    AlertDialect.objects.create(source=source, severity_words={"page": "critical", "ticket": "warning"})
    _tell_of_stale_features(source, people, now=now)
    _tell_of_missing_scores(source, people, now=now)
    # Nobody is called today about what was decided long before.
    breaches = list(Breach.objects.filter(alerts__source=source).values_list("pk", flat=True))
    PendingReaction.objects.filter(facts__breach__in=breaches).delete()


def _tell_of_stale_features(source: SignalSource, people: People, *, now: datetime) -> None:
    """Three days ago, for five hours; a planned rebuild."""
    since = now - 77 * HOUR
    said = ("RankerFeaturesStale", "Features of the ranker are 26 hours old", "The nightly job has not finished.")
    for hours in (0, 4):
        _hear(source, _report(*said, severity="ticket", since=since, told=hours), now=since + hours * HOUR)
    _hear(source, _report(*said, severity="ticket", since=since, act=Act.RESOLVED), now=since + 5 * HOUR)
    breach = Breach.objects.get(alerts__source=source, alerts__key="RankerFeaturesStale")
    reason = "The index was rebuilt that night as announced; rankings used yesterday's features."
    breach.dismiss(verdict=Verdict.EXPECTED_CHANGE, by=people["priya"], now=since + HOUR / 4, reason=reason)


def _tell_of_missing_scores(source: SignalSource, people: People, *, now: datetime) -> None:
    """Since this morning; its owner waits for a log before she decides."""
    since = now - 3 * HOUR
    said = ("RankerScoreMissing", "4 % of applications get no score", "Unscored applications are listed last.")
    for hours in (0, 2):
        _hear(source, _report(*said, severity="page", since=since, told=hours), now=since + hours * HOUR)
    breach = Breach.objects.get(alerts__source=source, alerts__key="RankerScoreMissing")
    reason = "Jonas reads the log of the last import; nobody has been rejected automatically."
    breach.hold(until=now + 20 * HOUR, by=people["priya"], now=since + HOUR / 3, reason=reason)


def _report(
    key: str, title: str, description: str, *, severity: str, since: datetime, told: int = 0, act: Act = Act.FIRING
) -> Report:
    labels = {"alertname": key, "severity": severity, "namespace": "hiring", "pod": "ranker-7d9f"}
    return Report(
        act=act,
        key=key,
        payload_hash=payload_hash([key, told]),
        title=title,
        description=description,
        severity=severity,
        source_url=f"https://prometheus.haldentravel.example/graph?g0.expr={key}",
        facts=tuple(sorted(labels.items())),
        started_at=since,
        episode=since,
    )


def _hear(source: SignalSource, report: Report, *, now: datetime) -> None:
    outcome = Outcome()
    take_reports(source, [(0, report)], outcome, now=now)
    note_outcome(source, outcome, now=now)
