"""A sign-off: an approval asked of a role or a person, by a deadline, bound to exactly these words."""

from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability, Role
from incidents.coordination.answering import Answering
from incidents.coordination.sign_off_states import TONES, SignOffState, Silence
from incidents.response.models import Incident
from incidents.response.states import OPEN
from incidents.response.visibility import ExistsFor


def digest_of(content: str) -> str:
    """What an approval is bound to: the content down to its last character."""
    return sha256(content.encode()).hexdigest()


def answering_roles() -> list[tuple[str, str]]:
    """The roles that may be asked: those that can write in incidents."""
    return [(role.value, str(role.label)) for role in Role if Capability.ANNOTATE in CAPABILITIES[role]]


def asked_of(user: User) -> Q:
    """Asked of this person or a role of theirs, and not their own. Nobody approves what they wrote."""
    of_managers = Q(silence=Silence.MANAGER, unanswered_at__isnull=False)
    asked = Q(person=user) | Q(role__in=user.roles) | (of_managers if Role.MANAGER.value in user.roles else Q())
    return asked & ~Q(asked_by=user) & ~Q(written_by=user)


class SignOffQuerySet(models.QuerySet["SignOff"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """A sign-off of an incident that the person may not see does not exist for them."""
        if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
            return self.none()
        return self.filter(ExistsFor(user, path="incident__"))

    def waiting(self) -> Self:
        """Asked, in an incident that is open."""
        return self.filter(state=SignOffState.ASKED, incident__state__in=OPEN)

    def for_answer_by(self, user: User) -> Self:
        return self.filter(asked_of(user))


class SignOff(Answering):
    """Change it through its verbs only. The words stand in its versions, which never change."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="sign_offs")
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("what is to be approved"), max_length=200)
    why_now = models.CharField(_("why now"), max_length=300)
    role = models.CharField(_("asked of the role"), max_length=20, choices=answering_roles, blank=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="asked_sign_offs",
        verbose_name=_("asked of"),
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("answer due"))
    silence = models.CharField(_("no answer means"), max_length=12, choices=Silence, default=Silence.HOLDS)
    state = models.CharField(_("state"), max_length=10, choices=SignOffState, default=SignOffState.ASKED)
    version = models.PositiveIntegerField(default=1)
    # Of the current version: whoever wrote it cannot approve it.
    digest = models.CharField(max_length=64)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered"), null=True)
    approved_digest = models.CharField(max_length=64, blank=True)
    note = models.TextField(_("note"), blank=True)
    # When the sweep looks at it next: before the deadline, and at it.
    remind_at = models.DateTimeField(null=True)
    unanswered_at = models.DateTimeField(_("deadline passed"), null=True)

    objects: ClassVar[SignOffQuerySet] = SignOffQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("sign-off")
        verbose_name_plural = _("sign-offs")
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="one_sign_off_per_number"),
            models.CheckConstraint(
                condition=~Q(role="") | Q(person__isnull=False), name="sign_off_is_asked_of_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(answered_by__isnull=False, answered_at__isnull=False, approved_digest=F("digest")),
                name="approval_is_bound_to_the_words",
            ),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True)
                | (~Q(answered_by=F("asked_by")) & ~Q(answered_by=F("written_by"))),
                name="nobody_approves_their_own",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="sign_offs_by_deadline", condition=Q(state="asked")),
            # claimed by `remind_of_sign_off`
            models.Index(
                fields=["remind_at", "id"],
                name="sign_offs_to_remind",
                condition=Q(state="asked", remind_at__isnull=False),
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"sign-off {self.number} of incident {self.incident_id} ({self.state})"

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def is_asked(self) -> bool:
        return self.state == SignOffState.ASKED

    @property
    def is_approved(self) -> bool:
        """Approved, and for exactly the words that stand there now."""
        return self.state == SignOffState.APPROVED and self.approved_digest == self.digest

    @property
    def of_whom(self) -> str:
        """Who was asked, in words."""
        role = str(Role(self.role).label) if self.role else ""
        return ", ".join(filter(None, (self.person.name if self.person else "", role)))

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "sign_off": self.pk,
            "number": self.number,
            "version": self.version,
            "digest": self.digest,
            "role": self.role,
            "person": self.person_id,
            "asked_by": self.asked_by_id,
            "written_by": self.written_by_id,
            "due_at": self.due_at.isoformat(),
            "silence": self.silence,
        }

    def write(self, content: str, *, by: User, now: datetime) -> None:
        """Keep other words as the next version, unless they are the same. The caller holds the lock and saves."""
        digest = digest_of(content.strip())
        if digest == self.digest:
            return
        self.version, self.digest, self.written_by = self.version + 1, digest, by
        self.versions.create(number=self.version, content=content.strip(), digest=digest, written_by=by, written_at=now)

    def reminder_at(self, *, since: datetime) -> datetime:
        """When three quarters of the time have passed."""
        return since + (self.due_at - since) * 0.75


class SignOffVersion(models.Model):
    """The words as they stood, who wrote them and what became of them."""

    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    digest = models.CharField(max_length=64)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a sign-off")
        verbose_name_plural = _("versions of sign-offs")
        constraints = [models.UniqueConstraint(fields=["sign_off", "number"], name="one_version_per_sign_off_number")]
        triggers = [
            pgtrigger.Protect(name="words_stay", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of sign-off {self.sign_off_id}"
