"""Standing thresholds: one per AI system and watched metric, made when it is first needed.

What is watched by events and not judged by the minute, a silent source or an alert of another system, still ends
with a person who decides. Admins change mode, policy and severity of a standing threshold like those of any other; its
owner is whoever answers for the system.
"""

from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.audit.models import record
from incidents.classification.models import SeverityLevel
from incidents.detection.choices import JUDGED, ConfidenceChoice, Metric, Mode, OpChoice
from incidents.detection.parsers.signals import SignalKind
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.systems.models import AISystem, OwnershipRole

USUAL_SEVERITY = 3  # the third level, or the mildest where there are fewer
log = structlog.get_logger(__name__)


@transaction.atomic
def standing_version(system: AISystem, metric: Metric, *, now: datetime) -> ThresholdVersion | None:
    """The version in force of a system's threshold for a watched metric, made now where there is none.

    None where an admin paused or retired it, or where nobody can own it yet (logged as an error).
    """
    AISystem.objects.select_for_update(no_key=True).get(pk=system.pk)
    owner = _owner_of(system)
    threshold = _standing(system, metric) or _make(system, metric, owner, now=now)
    if threshold is None or threshold.mode not in JUDGED:
        return None
    if owner is not None and threshold.owner_id != owner.pk:
        _hand_to(threshold, owner, now=now)
    # Of two that need it first at once, the one that comes second may have read the clock before the other.
    version = threshold.version_at(now) or threshold.versions.order_by("effective_from", "pk").first()
    if version is not None:
        version.threshold = threshold
    return version


def _standing(system: AISystem, metric: Metric) -> Threshold | None:
    # One with a category is made by an admin for some of the events only, and stands for nothing else.
    found = Threshold.objects.select_related("system", "owner").filter(
        system=system, versions__metric=metric, versions__category=""
    )
    return found.order_by("pk").first()


def _make(system: AISystem, metric: Metric, owner: User | None, *, now: datetime) -> Threshold | None:
    levels = list(SeverityLevel.objects.order_by("rank")[:USUAL_SEVERITY])
    if owner is None or not levels:
        log.error("no_standing_threshold", system=system.slug, metric=str(metric), has_owner=owner is not None)
        return None
    threshold = Threshold.objects.create(name=f"{_name(metric)} ({system.slug})", system=system, owner=owner)
    version = ThresholdVersion(
        metric=metric,
        kind=SignalKind.TRAFFIC,
        op=OpChoice.GTE,
        limit=1,
        min_samples=0,
        confidence=ConfidenceChoice.NONE,
        severity=levels[-1],
        dedup_template=f"{{system}}/{metric}",
    )
    threshold.add_version(version, by=None, now=now, reason=_("Made by airp when it was first needed."))
    threshold.set_mode(Mode.ACTIVE, by=None, now=now, reason=_("Watched until an admin says otherwise."))
    return threshold


def _name(metric: Metric) -> str:
    return _("Signal lost") if metric == Metric.SILENCE else _("Alerts")


def _owner_of(system: AISystem) -> User | None:
    """Who answers for the system, or the deputy; else a manager or an admin, so that it is never nobody."""
    ownership = system.responsible(OwnershipRole.OWNER)
    named = [ownership.person, ownership.deputy] if ownership else []
    if active := next((person for person in named if person is not None and person.is_active), None):
        return active
    for role in (Role.MANAGER, Role.ADMIN):
        if stand_in := User.objects.active_with_role(role).order_by("pk").first():
            return stand_in
    return None


def _hand_to(threshold: Threshold, owner: User, *, now: datetime) -> None:
    facts = {"threshold": threshold.pk, "from": threshold.owner_id, "to": owner.pk}
    threshold.owner = owner
    threshold.save(update_fields=["owner"])
    record(act="threshold.owner_followed", at=now, by=None, object_label=threshold.name, facts=facts)
