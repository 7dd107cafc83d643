"""A report by a colleague: what an AI system did, as somebody saw it. Shown redacted; the original is encrypted."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.accounts.secrets import EncryptedTextField
from airp.audit.models import append_only
from incidents.classification.models import HarmKind
from incidents.reports.handling import Handling
from incidents.reports.states import Discretion, State, Urgency
from incidents.response.models import Incident
from incidents.response.visibility import ExistsFor
from incidents.systems.models import AISystem
from incidents.triage.reasons import DeclineReason


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A report of an incident that the person may not see hides with it."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(Q(incident__isnull=True) | Q(ExistsFor(user, path="incident__")))


class Report(Handling):
    """Facts and state. Change it through its verbs only."""

    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="reports", verbose_name=_("system"))
    harm_kind = models.ForeignKey(HarmKind, on_delete=models.PROTECT, related_name="+", null=True)
    text = models.TextField(_("what happened"))
    sample = models.TextField(_("sample"), blank=True)
    happened_at = models.DateTimeField(_("happened"), null=True)
    urgency = models.CharField(max_length=6, choices=Urgency, default=Urgency.USUAL)
    discretion = models.CharField(max_length=12, choices=Discretion)
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # One filling-in of the form: pressed twice it is one report.
    ticket_digest = models.BinaryField(max_length=32, unique=True)
    # SHA-256 of the code by which an anonymous reporter follows it.
    code_digest = models.BinaryField(max_length=32, null=True, unique=True)
    received_at = models.DateTimeField(_("received"))
    respond_by = models.DateTimeField(_("respond by"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.NEW)
    snoozed_until = models.DateTimeField(null=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="reports")
    decline_reason = models.CharField(_("declined because"), max_length=12, choices=DeclineReason, blank=True)
    changed_at = models.DateTimeField(_("changed"))

    objects: ClassVar[ReportQuerySet] = ReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.CheckConstraint(
                condition=~Q(discretion=Discretion.ANONYMOUS) | Q(reporter__isnull=True),
                name="anonymous_report_has_no_reporter",
            ),
            models.CheckConstraint(
                condition=Q(incident__isnull=False) | Q(state__in=[State.NEW, State.DECLINED]),
                name="taken_up_report_has_its_incident",
            ),
        ]
        indexes = [
            # The inbox.
            models.Index(fields=["respond_by", "id"], name="reports_waiting", condition=Q(state=State.NEW)),
            models.Index(fields=["reporter", "-received_at"], name="reports_of_a_person"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"REP-{self.pk:05d}"

    @property
    def is_urgent(self) -> bool:
        return self.urgency == Urgency.URGENT


class ReportOriginal(models.Model):
    """The words as they were typed. Erasable; the report stays."""

    report = models.OneToOneField(Report, on_delete=models.PROTECT, primary_key=True, related_name="original")
    text = EncryptedTextField()
    sample = EncryptedTextField(blank=True)

    def __str__(self) -> str:
        return f"original of report {self.report_id}"


class ReportEntry(models.Model):
    """What was done with a report: by whom, when, in which words. Nothing here can be changed."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=12)
    state_after = models.CharField(max_length=8, choices=State)
    words = models.TextField(blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        triggers = append_only()
        indexes = [models.Index(fields=["report", "-at", "-id"], name="report_entries_newest_first")]

    def __str__(self) -> str:
        return f"{self.verb} of report {self.report_id}"
