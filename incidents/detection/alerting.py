"""From what senders report about alerts of their own to breaches: opened, repeated, acknowledged, ended.

People and keys are hidden from a report (`alert_texts.py`) before it is stored, in one transaction with the breach that
it opens or ends. A resolved alert ends its breach and is noted on the incident; what follows from that people decide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction

from incidents.detection.alert_texts import kept_report
from incidents.detection.breaches import Breach
from incidents.detection.choices import Band, Metric
from incidents.detection.dialects import AlertDialect, severity_of
from incidents.detection.foreign_alerts import AlertSeverity, ForeignAlert
from incidents.detection.ingestion import Outcome, bounds_of
from incidents.detection.opening import clear_breach, open_breach
from incidents.detection.parsers.naming import Naming
from incidents.detection.parsers.placing import plain_labels, system_of
from incidents.detection.parsers.reports import Act, Report
from incidents.detection.parsers.signals import Bounds, Unacceptable
from incidents.detection.sources import SignalSource
from incidents.detection.step import Reason
from incidents.detection.versions import ThresholdVersion
from incidents.detection.watching import version_watching
from incidents.systems.models import AISystem

MAX_OPEN_ALERTS = 1_000
OLDEST_START = timedelta(days=366)
# Where alerts name a system besides the labels that metrics name it in.
ALSO_NAMED_IN = ("service", "component", "source")


class Heard(Enum):
    """What a report was for us."""

    NEWS = "news"
    RETRY = "retry"
    NOT_KNOWN = "not_known"


@dataclass(slots=True)
class Desk:
    """All that is needed to hear one batch of one source, read once."""

    source: SignalSource
    now: datetime
    bounds: Bounds
    systems: Mapping[int, AISystem]
    words: dict[str, str]
    naming: Naming
    newest: dict[str, ForeignAlert]
    open_count: int
    watching: dict[tuple[int, str], ThresholdVersion | None] = field(default_factory=dict)

    def version_for(self, system: AISystem, severity: AlertSeverity) -> ThresholdVersion | None:
        place = (system.pk, severity.value)
        if place not in self.watching:
            self.watching[place] = version_watching(system, severity, now=self.now)
        return self.watching[place]

    def place_of(self, report: Report) -> int:
        """The system that a report is about. In this order incidents are locked, so that two batches do not cross."""
        alert = self.newest.get(report.key)
        try:
            return alert.system_id if alert is not None and alert.is_open else _system_of(self, report).pk
        except Unacceptable:
            return 0


@transaction.atomic
def take_reports(
    source: SignalSource, reports: Iterable[tuple[int, Report]], outcome: Outcome, *, now: datetime
) -> None:
    """Hear each report, given with its place in the batch, and add to `outcome` what became of it."""
    told = [(index, kept_report(report)) for index, report in reports]
    if source.is_self_test:
        outcome.tests += len(told)
        return
    desk = _desk(source, [report.key for _index, report in told], now=now)
    for index, report in sorted(told, key=lambda pair: (desk.place_of(pair[1]), pair[0])):
        outcome.unknown_fields += report.unknown_fields
        try:
            heard = _hear(desk, report)
        except Unacceptable as error:
            outcome.refuse(index, error.code, error.detail, _shape(report))
        else:
            outcome.accepted += heard is Heard.NEWS
            outcome.duplicates += heard is Heard.RETRY
            outcome.unmatched += heard is Heard.NOT_KNOWN


def _desk(source: SignalSource, keys: list[str], *, now: datetime) -> Desk:
    # One batch of a source at a time: what it says about an alert has an order.
    SignalSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    bounds = bounds_of(source, now=now)
    newest = (
        ForeignAlert.objects.filter(source=source, key__in=set(keys))
        .select_related("breach", "system", "source")
        .order_by("key", "-first_seen_at", "-pk")
        .distinct("key")
    )
    dialect = AlertDialect.objects.filter(source=source).first()
    return Desk(
        source=source,
        now=now,
        bounds=bounds,
        systems=AISystem.objects.in_bulk(list(bounds.systems.values())),
        words=dialect.severity_words if dialect else {},
        naming=source.naming,
        newest={alert.key: alert for alert in newest},
        open_count=ForeignAlert.objects.filter(source=source).open().count(),
    )


def _hear(desk: Desk, report: Report) -> Heard:
    alert = desk.newest.get(report.key)
    if alert is not None and alert.is_past(report):
        return Heard.RETRY
    if report.act is Act.FIRING:
        return _hear_firing(desk, report, alert)
    if alert is None or not alert.is_open:
        return Heard.NOT_KNOWN
    if report.act is Act.ACKNOWLEDGED:
        return _acknowledge(desk, alert)
    return _resolve(desk, alert, report)


def _hear_firing(desk: Desk, report: Report, alert: ForeignAlert | None) -> Heard:
    if alert is None or not alert.is_open:
        alert = _first_word(desk, report)
    elif alert.is_retry(report, now=desk.now):
        return Heard.RETRY
    else:
        alert.occurrence_count += 1
    before = AlertSeverity(alert.worst_severity) if alert.worst_severity else None
    _write_down(desk, alert, report)
    is_worse = before is not None and AlertSeverity(alert.worst_severity).badness > before.badness
    if is_worse or alert.breach is None or alert.breach.cleared_at is not None:
        alert.breach = _breach_of(desk, alert)
    alert.save()
    desk.newest[report.key] = alert
    return Heard.NEWS


def _first_word(desk: Desk, report: Report) -> ForeignAlert:
    system = _system_of(desk, report)
    if desk.open_count >= MAX_OPEN_ALERTS:
        detail = f"{MAX_OPEN_ALERTS} alerts of this source are open; no new ones are taken until some are resolved"
        raise Unacceptable("too_many_open", detail)
    desk.open_count += 1
    started_at = min(max(report.started_at or desk.now, desk.now - OLDEST_START), desk.now)
    return ForeignAlert(
        source=desk.source, key=report.key, system=system, started_at=started_at, first_seen_at=desk.now
    )


def _write_down(desk: Desk, alert: ForeignAlert, report: Report) -> None:
    """What the sender said last replaces what it said before; how bad it was at its worst stays."""
    severity, origin = severity_of(desk.words, report.severity)
    worst = AlertSeverity(alert.worst_severity) if alert.worst_severity else severity
    alert.title, alert.description = report.title, report.description
    alert.severity, alert.severity_sent, alert.severity_origin = severity, report.severity, origin
    alert.worst_severity = max(worst, severity, key=lambda each: each.badness)
    alert.source_url, alert.facts = report.source_url, [list(fact) for fact in report.facts]
    alert.episode, alert.last_seen_at, alert.last_hash = report.episode, desk.now, report.payload_hash


def _breach_of(desk: Desk, alert: ForeignAlert) -> Breach | None:
    """The open breach that stands for the alert, opened if there is none; the last one while nobody watches."""
    version = desk.version_for(alert.system, AlertSeverity(alert.worst_severity))
    if version is None:
        return alert.breach
    present = Breach.objects.open().filter(threshold=version.threshold, group_key=alert.group_key, band=Band.ACT)
    if (found := present.first()) is not None:
        return found
    return open_breach(
        version,
        group_key=alert.group_key,
        since=alert.started_at,
        now=desk.now,
        bad=1,
        n=1,
        headline=alert.title,
    )


def _acknowledge(desk: Desk, alert: ForeignAlert) -> Heard:
    """Somebody has seen it over there. Here it stays as open as it was."""
    if alert.acknowledged_at is not None:
        return Heard.RETRY
    alert.acknowledged_at = alert.last_seen_at = desk.now
    alert.save(update_fields=["acknowledged_at", "last_seen_at"])
    return Heard.NEWS


def _resolve(desk: Desk, alert: ForeignAlert, report: Report) -> Heard:
    alert.resolved_at = alert.last_seen_at = desk.now
    alert.save(update_fields=["resolved_at", "last_seen_at"])
    desk.open_count -= 1
    ended_at = max(alert.started_at, min(report.ended_at or desk.now, desk.now))
    standing = Breach.objects.open().filter(
        group_key=alert.group_key, version__metric=Metric.ALERT, threshold__system=alert.system
    )
    for breach in standing.order_by("pk"):
        reason = Reason.SENDER_RESOLVED
        clear_breach(breach.threshold_id, group_key=alert.group_key, reason=reason, at=ended_at, now=desk.now)
    return Heard.NEWS


def _system_of(desk: Desk, report: Report) -> AISystem:
    """The system that the sender names, or the only one that the source speaks about. Raises Unacceptable."""
    if not report.system:
        naming = replace(desk.naming, system_from=(*desk.naming.system_from, *ALSO_NAMED_IN))
        return desk.systems[system_of(naming, plain_labels(report.names), desk.bounds)]
    if report.system not in desk.bounds.systems:
        raise Unacceptable("unknown_system", "this source does not report on a system of that name")
    return desk.systems[desk.bounds.systems[report.system]]


def _shape(report: Report) -> dict[str, object]:
    return {"status": report.act.value, "severity": report.severity, "labels": dict(report.facts)}
