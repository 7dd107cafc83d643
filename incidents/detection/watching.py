"""The threshold that stands for "alerts about a system": found, or made when the first alert comes and none is there.

A threshold of metric alert measures nothing. It says who owns such alerts, what they force, by when, and how bad they
are. With a category (critical, error, warning or info) it takes only alerts of that severity, before one without.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.audit.models import record
from incidents.classification.models import SeverityLevel
from incidents.detection.breaches import Breach
from incidents.detection.choices import JUDGED, WATCHED, ConfidenceChoice, Metric, Mode, OpChoice
from incidents.detection.foreign_alerts import AlertSeverity
from incidents.detection.opening import clear_breach
from incidents.detection.sources import SignalSource
from incidents.detection.states import ThresholdState
from incidents.detection.step import Reason, Status
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.systems.models import AISystem, OwnershipRole

MOST_WITHDRAWN = 500


class NobodyAnswers(Exception):
    """An alert came for a system, and there is nobody whom it could be put before."""


def version_watching(
    system: AISystem, severity: AlertSeverity, *, now: datetime, cause: SignalSource
) -> ThresholdVersion | None:
    """The version that takes alerts of this severity about a system; None while all such thresholds are paused.

    Makes a threshold where none has been made before. Raises NobodyAnswers.
    """
    found = _best(system, severity, now=now)
    if found is None:
        AISystem.objects.select_for_update(no_key=True).get(pk=system.pk)  # racing sources make one threshold
        found = _best(system, severity, now=now) or _make(system, now=now, cause=cause)
    return found.version_at(now) if found.mode in JUDGED else None


def show_standing(threshold: Threshold, version: ThresholdVersion, *, now: datetime) -> None:
    """Say in the register whether a threshold that no tick judges has open breaches."""
    is_firing = Breach.objects.open().filter(threshold=threshold).exists()
    status = Status.FIRING if is_firing else Status.OK
    state, is_new = ThresholdState.objects.get_or_create(
        threshold=threshold, group_key="", defaults={"version": version, "status": status.value, "changed_at": now}
    )
    if not is_new and state.status != status.value:
        state.version, state.status, state.changed_at = version, status.value, now
        state.save(update_fields=["version", "status", "changed_at"])


def withdraw_unwatched(*, now: datetime) -> int:
    """End the breaches of thresholds that no tick judges and that were paused or retired. Returns how many."""
    left = Breach.objects.open().filter(version__metric__in=WATCHED).exclude(threshold__mode__in=JUDGED)
    found = list(left.values_list("threshold_id", "group_key").order_by("pk")[:MOST_WITHDRAWN])
    for threshold_id, group_key in found:
        with transaction.atomic():
            clear_breach(threshold_id, group_key=group_key, reason=Reason.WITHDRAWN, at=now, now=now)
    return len(found)


def _best(system: AISystem, severity: AlertSeverity, *, now: datetime) -> Threshold | None:
    """Judged before paused, made for this severity before made for all, active before shadow, older before newer."""
    in_force = ThresholdVersion.objects.filter(threshold=OuterRef("pk"), effective_from__lte=now)
    newest = in_force.order_by("-effective_from", "-pk")
    found = (
        Threshold.objects.filter(system=system)
        .exclude(mode=Mode.DRAFT)
        .annotate(measures=Subquery(newest.values("metric")[:1]), takes=Subquery(newest.values("category")[:1]))
        .filter(measures=Metric.ALERT, takes__in=("", severity.value))
        .select_related("system")
    )
    ranked = sorted(
        found,
        key=lambda each: (each.mode not in JUDGED, each.takes != severity.value, each.mode != Mode.ACTIVE, each.pk),
    )
    return ranked[0] if ranked else None


def _make(system: AISystem, *, now: datetime, cause: SignalSource) -> Threshold:
    owner, level = _owner_of(system), _middle_level()
    threshold = Threshold.objects.create(name=_free_name(system), system=system, owner=owner)
    version = ThresholdVersion(
        kind="traffic",
        metric=Metric.ALERT,
        op=OpChoice.GTE,
        limit=1,
        min_samples=1,
        confidence=ConfidenceChoice.NONE,
        window_seconds=60,
        keep_firing_seconds=0,
        eval_delay_seconds=0,
        severity=level,
        dedup_template="{system}/alerts",
    )
    reason = _("Made when %(source)s sent the first alert about this system: no threshold took alerts about it.")
    words = reason % {"source": cause.name}
    threshold.add_version(version, by=None, now=now, reason=words)
    threshold.set_mode(Mode.ACTIVE, by=None, now=now, reason=words)
    facts = {"threshold": threshold.pk, "system": system.slug, "source": cause.pk, "owner": owner.pk}
    record(act="threshold.made_for_alerts", at=now, by=None, object_label=threshold.name, facts=facts)
    return threshold


def _owner_of(system: AISystem) -> User:
    """Whoever answers for the system, its owner first; else a manager, else an admin. Raises NobodyAnswers."""
    named = sorted(
        system.ownerships.select_related("person", "deputy"), key=lambda each: each.role != OwnershipRole.OWNER
    )
    people = [person for each in named for person in (each.person, each.deputy)]
    for role in (Role.MANAGER, Role.ADMIN):
        people += User.objects.active_with_role(role)[:1]
    for person in people:
        if person is not None and person.is_active:
            return person
    raise NobodyAnswers(_("nobody answers for this system: name its owner"))


def _middle_level() -> SeverityLevel:
    """The third-worst level, which is where a person starts to look; the mildest one of a shorter list."""
    levels = list(SeverityLevel.objects.order_by("rank")[:3])
    if not levels:
        raise NobodyAnswers(_("no severity level is configured"))
    return levels[-1]


def _free_name(system: AISystem) -> str:
    name = _("Alerts about %(system)s") % {"system": system.name}
    if Threshold.objects.filter(name=name[:120]).exists():
        name = f"{name[:80]} ({Threshold.objects.filter(system=system).count() + 1}, {system.slug[:20]})"
    return name[:120]
