"""Alerts to named people. The other tables of notification are gathered here for `incidents.models`."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from airp.outbound.models import Delivery
from incidents.notification.channels.records import AlertCopy, ChannelRule
from incidents.notification.levels import EscalationLevel, EscalationPlan, LevelState
from incidents.notification.mail_links import AcknowledgeLink
from incidents.notification.policies.aims import Target
from incidents.notification.policies.records import EscalationPolicy, PolicyChoice, PolicyLevel
from incidents.notification.rota.calendar import CalendarLink
from incidents.notification.rota.records import Rota, RotaOrder, RotaOverride, RotaSeat
from incidents.notification.urgency import ORDINARY
from incidents.response.models import Incident

__all__ = [
    "AcknowledgeLink",
    "Alert",
    "AlertCopy",
    "AlertState",
    "CalendarLink",
    "ChannelRule",
    "EscalationLevel",
    "EscalationPlan",
    "EscalationPolicy",
    "LevelState",
    "PolicyChoice",
    "PolicyLevel",
    "Reason",
    "Rota",
    "RotaOrder",
    "RotaOverride",
    "RotaSeat",
    "Target",
]


class Reason(models.TextChoices):
    """Why somebody was called."""

    DECLARED = "declared", _("Declared")
    SEVERITY_RAISED = "severity_raised", _("Severity raised")
    REOPENED = "reopened", _("Reopened")
    NOT_ACKNOWLEDGED = "not_acknowledged", _("Nobody acknowledged in time")
    UNREACHED = "unreached", _("The alert before could not be delivered")
    BREACH_TO_DECIDE = "breach_to_decide", _("A breach waits for a decision")
    BREACH_UNANSWERED = "breach_unanswered", _("A breach was not decided in time")
    BREACH_WARNED = "breach_warned", _("A threshold passed its warn limit")
    THRESHOLD_BROKEN = "threshold_broken", _("A threshold cannot be judged")
    RECEIVING_STOPPED = "receiving_stopped", _("Nothing is received any more")
    CHANGE_TO_APPROVE = "change_to_approve", _("A change of a threshold waits for approval")
    CHANGE_DECIDED = "change_decided", _("A change of a threshold was decided")
    LANE_LATE = "lane_late", _("Nobody engaged a lane in time")
    LANE_LED = "lane_led", _("Named to lead a lane")
    DECISION_DUE = "decision_due", _("A decision is to be looked at again")
    SIGN_OFF_ASKED = "sign_off_asked", _("Asked to approve")
    SIGN_OFF_DUE = "sign_off_due", _("An approval is due soon")
    SIGN_OFF_SILENCE = "sign_off_silence", _("Nobody answered a sign-off in time")
    SIGN_OFF_ANSWERED = "sign_off_answered", _("A sign-off was answered")
    HANDOFF_OFFERED = "handoff_offered", _("Offered a handoff")
    HANDOFF_DUE = "handoff_due", _("A handoff waits for an answer")
    HANDOFF_SILENCE = "handoff_silence", _("Nobody answered a handoff in time")
    HANDOFF_ANSWERED = "handoff_answered", _("A handoff was answered")
    TASK_DUE = "task_due", _("A task is due")
    TASK_OVERDUE = "task_overdue", _("A task is overdue")
    MENTIONED = "mentioned", _("Mentioned")


class AlertState(models.TextChoices):
    """`told` is an alert that asks for nothing: the incident was acknowledged before it was raised."""

    OPEN = "open", _("Waiting for an answer")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    TOLD = "told", _("Told")
    WITHDRAWN = "withdrawn", _("No longer needed")


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> Self:
        return self.filter(state=AlertState.OPEN)

    def unposted(self) -> Self:
        """Those that wait for their mail."""
        return self.filter(delivery__isnull=True, mail_due_at__isnull=False)


class Alert(models.Model):
    """A call on a named person. It stays open until somebody acknowledges what it is about.

    `subject_key` names that: "incident/12" or "breach/5". `cause` names the fact that raised the alert, so the
    same fact calls the same person once, however often its consequences are drawn.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="alerts")
    level = models.ForeignKey(EscalationLevel, on_delete=models.PROTECT, null=True, related_name="alerts")
    subject_key = models.CharField(_("about"), max_length=80)
    cause = models.CharField(_("cause"), max_length=200)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="alerts", verbose_name=_("to whom")
    )
    # What its mail needs to know where it belongs to no incident; of an incident the incident itself tells.
    title = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=300, blank=True)
    severity = models.CharField(max_length=16, blank=True)
    priority = models.PositiveSmallIntegerField(default=ORDINARY)
    mail_due_at = models.DateTimeField(_("mailed from"), null=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=AlertState, default=AlertState.OPEN)
    raised_at = models.DateTimeField(_("raised"))
    due_at = models.DateTimeField(_("answer due"), null=True)
    ended_at = models.DateTimeField(_("acknowledged or withdrawn"), null=True)

    objects: ClassVar[AlertQuerySet] = AlertQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(fields=["cause", "recipient"], name="one_alert_per_cause_and_person"),
        ]
        indexes = [
            models.Index(fields=["subject_key", "id"], name="alerts_by_subject"),
            # posted by `post_waiting`
            models.Index(
                fields=["recipient", "id"],
                name="alerts_unposted",
                condition=models.Q(delivery__isnull=True, mail_due_at__isnull=False),
            ),
            models.Index(fields=["recipient", "id"], name="alerts_open", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} about {self.subject_key} ({self.state})"

    @property
    def page_url(self) -> str:
        """Where it is answered."""
        path = self.url or (f"/incidents/{self.incident.reference}/" if self.incident else "/")
        return f"{settings.BASE_URL}{path}"
