"""A complaint: what somebody says an AI system did to them. Shown redacted; the original is kept apart, encrypted."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.accounts.secrets import EncryptedTextField
from airp.audit.models import append_only
from incidents.classification.models import HarmKind
from incidents.complaints.channels import Channel, PriorityContact
from incidents.complaints.putting_off import PuttingOff
from incidents.complaints.states import WAITING, CloseReason, State
from incidents.detection.breaches import Breach
from incidents.detection.sources import SignalSource
from incidents.response.models import Incident
from incidents.response.visibility import ExistsFor
from incidents.systems.models import AISystem


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A complaint of an incident that the person may not see hides with it, also one of its breaches."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(
            Q(incident__isnull=True) | Q(ExistsFor(user, path="incident__")),
            Q(breach__isnull=True) | Q(breach__incident__isnull=True) | Q(ExistsFor(user, path="breach__incident__")),
        )

    def waiting(self) -> Self:
        return self.filter(state__in=WAITING)

    def of_incident(self, incident: Incident) -> Self:
        """What was attached to the incident, or to one of its breaches."""
        return self.filter(Q(incident=incident) | Q(breach__incident=incident))


class ComplaintCounter(models.Model):
    """The last number given out in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Complaint(PuttingOff):
    """Facts, people and state. Change it through its verbs only."""

    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    # SHA-256 of the code by which the complainant follows it; none until one was issued.
    code_digest = models.BinaryField(max_length=32, null=True, unique=True)
    source = models.ForeignKey(SignalSource, on_delete=models.PROTECT, related_name="complaints")
    # Identity within the source, and what was sent under it: the same again is a duplicate, anything else a conflict.
    external_id = models.CharField(max_length=300)
    payload_hash = models.BinaryField(max_length=32)
    system = models.ForeignKey(AISystem, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("system"))
    harm_kind = models.ForeignKey(
        HarmKind, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("harm kind")
    )
    category = models.CharField(_("category"), max_length=80, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    priority_contact = models.CharField(_("priority contact"), max_length=10, choices=PriorityContact, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    happened_at = models.DateTimeField(_("happened"), null=True)
    # When it was made, which is when it counts; `recorded_at` is when airp learned of it.
    received_at = models.DateTimeField(_("received"))
    recorded_at = models.DateTimeField(_("recorded"))
    # The keyed hash of the complainant; empty for anonymous ones, who count one each.
    person = models.CharField(max_length=64, blank=True)
    contact_allowed = models.CharField(
        _("may we contact"), max_length=7, choices=[("yes", _("Yes")), ("no", _("No")), ("unknown", _("Not asked"))]
    )
    text = models.TextField(_("text"), blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.NEW)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="complaints")
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, null=True, related_name="complaints")
    answer = models.TextField(_("answer"), blank=True)
    close_reason = models.CharField(_("closed because"), max_length=10, choices=CloseReason, blank=True)
    # By when triage looks at it, and until when it was put off.
    respond_by = models.DateTimeField(_("respond by"), null=True)
    snoozed_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(_("changed"))

    objects: ClassVar[ComplaintQuerySet] = ComplaintQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_complaint_per_source_and_id"),
            models.CheckConstraint(
                condition=~Q(state=State.ATTACHED) | Q(incident__isnull=False) | Q(breach__isnull=False),
                name="attached_complaint_belongs_somewhere",
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="complaints_newest_first"),
            models.Index(fields=["system", "-received_at", "-id"], name="complaints_by_system"),
            # The list as it opens: what waits, priority contacts first.
            models.Index(
                fields=["-received_at", "-id"], name="complaints_waiting", condition=Q(state__in=["new", "attached"])
            ),
            models.Index(
                fields=["-received_at", "-id"], name="complaints_of_priority", condition=~Q(priority_contact="")
            ),
            models.Index(fields=["person", "-received_at"], name="complaints_by_person", condition=~Q(person="")),
            # The inbox, and how many of a kind wait.
            models.Index(fields=["respond_by", "id"], name="complaints_to_respond", condition=Q(state="new")),
            models.Index(fields=["system", "category"], name="complaints_new_by_kind", condition=Q(state="new")),
            # Searching for a part of the text, whatever its case.
            GinIndex(OpClass(Upper("text"), name="gin_trgm_ops"), name="complaints_by_text"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_anonymous(self) -> bool:
        return not self.person


class ComplaintOriginal(models.Model):
    """The words as they came, and where the complainant can be reached. Erasable; the complaint stays."""

    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, primary_key=True, related_name="original")
    text = EncryptedTextField(blank=True)
    contact = EncryptedTextField(blank=True)
    attachments = EncryptedTextField(blank=True)

    def __str__(self) -> str:
        return f"original of complaint {self.complaint_id}"


class ComplaintEntry(models.Model):
    """What was done with a complaint: by whom, when, in which words. Nothing here can be changed."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=12)
    state_after = models.CharField(max_length=8, choices=State)
    words = models.TextField(blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        triggers = append_only()
        indexes = [
            models.Index(fields=["complaint", "-at", "-id"], name="complaint_entries_newest_first"),
            # How many originals a person has read lately.
            models.Index(fields=["by", "-at"], name="reveals_of_a_person", condition=Q(verb="reveal")),
        ]

    def __str__(self) -> str:
        return f"{self.verb} of complaint {self.complaint_id}"
