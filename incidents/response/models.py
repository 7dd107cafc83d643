"""The incident: declared harmful behaviour of an AI system in production.

The capabilities are the mixins; this file holds the fields. Satellites (breaches, alerts, reviews) hold a
foreign key to the incident; the incident knows none of them.
"""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.acting import EARLIEST
from incidents.response.assessments import Assessment, AssessmentWords
from incidents.response.clocks import Clock, ClockName
from incidents.response.lifecycle import Lifecycle
from incidents.response.merging import Merging
from incidents.response.people import RoleHolding, Staffed
from incidents.response.states import OPEN, UNDER_WAY, State
from incidents.response.telling import Telling
from incidents.response.timeline import PendingReaction, TimelineEntry, TimelineText
from incidents.response.visibility import IncidentQuerySet, Visibility
from incidents.systems.models import AISystem, ComponentVersion

__all__ = [
    "Assessment",
    "AssessmentWords",
    "Incident",
    "PendingReaction",
    "ReferenceCounter",
    "RoleHolding",
    "TimelineEntry",
    "TimelineText",
]


class ReferenceCounter(models.Model):
    """The last number given out in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Origin(models.TextChoices):
    PERSON = "person", _("Declared by a person")
    THRESHOLD = "threshold", _("Declared by a threshold")


class IncidentKind(models.TextChoices):
    LIVE = "live", _("Live")
    DRILL = "drill", _("Drill")
    BACKFILLED = "backfilled", _("Entered afterwards")


class Incident(Lifecycle, Merging, Staffed, Telling):
    """Identity, grade, people, times and clocks. Change it through its verbs only."""

    reference = models.CharField(_("reference"), max_length=16, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), blank=True)
    kind = models.CharField(max_length=10, choices=IncidentKind, default=IncidentKind.LIVE)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PERSON)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.NORMAL)
    state = models.CharField(max_length=10, choices=State, default=State.REPORTED)
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="incidents")
    severity = models.ForeignKey(SeverityLevel, on_delete=models.PROTECT, related_name="incidents")
    harm_kind = models.ForeignKey(HarmKind, on_delete=models.PROTECT, related_name="incidents", null=True)
    # Codes of public taxonomies, such as mit:1.1
    tags = ArrayField(models.CharField(max_length=40), default=list)
    # The newest answers behind the level; None while nobody answered
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, null=True, related_name="+")
    # Severity terms of all levels as they were at the declaration: {"levels": {slug: terms}, "frozen_at": …}
    policy = models.JSONField()
    dedup_key = models.CharField(max_length=300, blank=True)
    # Of a duplicate: where work on it goes on
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="duplicates")
    version = models.PositiveIntegerField(default=1)
    reopened_count = models.PositiveSmallIntegerField(default=0)

    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="led_incidents"
    )
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="declared_incidents"
    )
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    started_at = models.DateTimeField(_("harm started"), null=True)
    detected_at = models.DateTimeField(_("detected"), null=True)
    reported_at = models.DateTimeField(_("reported"), null=True)
    declared_at = models.DateTimeField(_("declared"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    triaged_at = models.DateTimeField(_("triaged"), null=True)
    contained_at = models.DateTimeField(_("contained"), null=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    updated_at = models.DateTimeField(_("last update posted"), null=True)

    clocks_began_at = models.DateTimeField()
    acknowledge_due_at = models.DateTimeField()
    contain_due_at = models.DateTimeField()
    next_update_due_at = models.DateTimeField(null=True)
    reassess_due_at = models.DateTimeField(null=True)
    # The clock that runs out first, precomputed for the board.
    next_clock = models.CharField(max_length=16, blank=True)
    next_due_at = models.DateTimeField(null=True)

    objects: ClassVar[IncidentQuerySet] = IncidentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["dedup_key"],
                name="one_open_incident_per_dedup_key",
                condition=~models.Q(dedup_key="") & ~models.Q(state__in=[State.CLOSED, State.DISMISSED]),
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True)
                | (models.Q(state=State.DISMISSED) & ~models.Q(merged_into=models.F("id"))),
                name="merged_incident_is_dismissed",
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{time}__isnull": True}) | models.Q(**{f"{time}__gte": EARLIEST}),
                    name=f"{time}_can_be_meant",
                )
                for time in ("started_at", "detected_at", "reported_at", "declared_at", "contained_at", "resolved_at")
            ),
        ]
        indexes = [
            models.Index(fields=["-declared_at", "-id"], name="incidents_newest_first"),
            models.Index(fields=["state", "-declared_at", "-id"], name="incidents_by_state"),
            models.Index(fields=["system", "-declared_at"], name="incidents_by_system"),
            models.Index(fields=["severity", "-declared_at", "-id"], name="incidents_by_severity"),
            models.Index(
                fields=["severity", "-declared_at", "-id"],
                name="open_incidents_by_severity",
                condition=models.Q(state__in=["reported", "triaged", "contained", "resolved"]),
            ),
            # Searching for a part of the title, whatever its case.
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="incidents_by_title"),
            # The board: what is under way, by the clock that runs out first.
            models.Index(
                fields=["next_due_at", "id"],
                name="incidents_by_next_clock",
                condition=models.Q(state__in=["reported", "triaged", "contained", "resolved"]),
            ),
            models.Index(
                fields=["lead", "-declared_at"],
                name="incidents_by_lead",
                condition=models.Q(state__in=["reported", "triaged", "contained", "resolved"]),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="state_change_is_recorded",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("state"),
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT e.state_after FROM incidents_timelineentry e
                         WHERE e.incident_id = NEW.id ORDER BY e.seq DESC LIMIT 1)
                       IS DISTINCT FROM (SELECT i.state FROM incidents_incident i WHERE i.id = NEW.id) THEN
                        RAISE EXCEPTION 'airp: the state of % changed without a timeline entry', NEW.reference;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def is_restricted(self) -> bool:
        return self.visibility == Visibility.RESTRICTED

    @property
    def is_drill(self) -> bool:
        """Practice: it counts in no measure, and nothing of it leaves the house."""
        return self.kind == IncidentKind.DRILL

    @property
    def clocks(self) -> list[Clock]:
        """The promises of this incident in the order of their due times."""
        clocks = [
            Clock(ClockName.ACKNOWLEDGE, self.clocks_began_at, self.acknowledge_due_at, self.acknowledged_at),
            Clock(ClockName.CONTAIN, self.clocks_began_at, self.contain_due_at, self.contained_at),
        ]
        if self.next_update_due_at is not None and self.is_under_way:
            began = max(self.updated_at or self.clocks_began_at, self.clocks_began_at)
            clocks.append(Clock(ClockName.NEXT_UPDATE, began, self.next_update_due_at))
        if self.reassess_due_at is not None and self.assessment is not None and self.is_under_way:
            clocks.append(Clock(ClockName.REASSESS, self.assessment.at, self.reassess_due_at))
        return sorted(clocks, key=lambda clock: clock.due_at)

    def versions_in_force(self, *, now: datetime) -> list[ComponentVersion]:
        """The component versions at the first moment of harm, or as near to it as is known."""
        return self.system.versions_at(self.started_at or self.detected_at or self.declared_at or now)
