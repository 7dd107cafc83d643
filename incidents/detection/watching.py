"""Which threshold an alert of another system is put under: the one made for its severity, or the standing one.

A threshold of metric alert measures nothing. It says who owns such alerts, what they force, by when, and how bad they
are. With a category (critical, error, warning or info) it takes only alerts of that severity.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from incidents.detection.breaches import Breach
from incidents.detection.choices import JUDGED, Metric, Mode
from incidents.detection.foreign_alerts import AlertSeverity
from incidents.detection.opening import clear_breach
from incidents.detection.standing import standing_version
from incidents.detection.step import Reason
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.systems.models import AISystem

MOST_WITHDRAWN = 500


def version_watching(system: AISystem, severity: AlertSeverity, *, now: datetime) -> ThresholdVersion | None:
    """The version that takes alerts of this severity about a system.

    None while the threshold for it is paused or retired, or nobody can own it.
    """
    special = _made_for(system, severity, now=now)
    return special.version_at(now) if special else standing_version(system, Metric.ALERT, now=now)


def withdraw_unwatched(*, now: datetime) -> int:
    """End the breaches of alerts whose threshold was paused or retired. Returns how many."""
    left = Breach.objects.open().filter(version__metric=Metric.ALERT).exclude(threshold__mode__in=JUDGED)
    found = list(left.values_list("threshold_id", "group_key").order_by("pk")[:MOST_WITHDRAWN])
    for threshold_id, group_key in found:
        with transaction.atomic():
            clear_breach(threshold_id, group_key=group_key, reason=Reason.WITHDRAWN, at=now, now=now)
    return len(found)


def _made_for(system: AISystem, severity: AlertSeverity, *, now: datetime) -> Threshold | None:
    """An active threshold for just this severity, before one in shadow; the older of two."""
    newest = ThresholdVersion.objects.filter(threshold=OuterRef("pk"), effective_from__lte=now).order_by(
        "-effective_from", "-pk"
    )
    found = (
        Threshold.objects.filter(system=system, mode__in=JUDGED)
        .annotate(measures=Subquery(newest.values("metric")[:1]), takes=Subquery(newest.values("category")[:1]))
        .filter(measures=Metric.ALERT, takes=severity.value)
        .select_related("system")
    )
    return min(found, key=lambda each: (each.mode != Mode.ACTIVE, each.pk), default=None)
