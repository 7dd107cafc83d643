"""Who works on an incident: the lead, and people with a role on it."""

from datetime import datetime

import pghistory
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.response.acting import Acting
from incidents.response.kinds import Kind
from incidents.response.refusals import AlreadyDone, NotPermitted
from incidents.response.states import Verb
from incidents.response.timeline import TimelineEntry, append


class IncidentRole(models.TextChoices):
    DEPUTY = "deputy", gettext_lazy("Deputy lead")
    TECHNICAL = "technical", gettext_lazy("Technical")
    LEGAL = "legal", gettext_lazy("Legal")
    POLICY = "policy", gettext_lazy("Policy")
    EDITORIAL = "editorial", gettext_lazy("Editorial")
    COMMUNICATIONS = "communications", gettext_lazy("Communications")
    SCRIBE = "scribe", gettext_lazy("Scribe")
    OBSERVER = "observer", gettext_lazy("Observer")


@pghistory.track()
class RoleHolding(models.Model):
    """One person in one role on one incident. It also opens a restricted incident to that person."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=16, choices=IncidentRole)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="incident_roles")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "role"], name="one_person_per_incident_role"),
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.role}"


class Staffed(Acting):
    """The lead and the other roles."""

    class Meta(Acting.Meta):
        abstract = True

    @transaction.atomic
    def hand_over(
        self, *, to: User, by: User, now: datetime, note: str = "", expected: int | None = None
    ) -> TimelineEntry:
        """Give the lead to somebody who can read incidents. Taking it oneself is the same verb."""
        incident = self._incident
        self.begin(Verb.HAND_OVER, by=by, expected=expected)
        if incident.lead_id == to.pk:
            raise AlreadyDone(_("%(name)s already leads this incident.") % {"name": to.name})
        self._check_can_work(to)
        before = incident.lead_id
        incident.lead = to
        self.commit("lead")
        facts = {"from": before, "to": to.pk}
        return append(incident, kind=Kind.HANDED_OVER, by=by, now=now, facts=facts, text=note)

    @transaction.atomic
    def give_up_lead(self, *, by: User, now: datetime) -> TimelineEntry:
        """Leave the incident without a lead, as when taking it was a mistake. Raises AlreadyDone without a lead."""
        incident = self._incident
        self.begin(Verb.HAND_OVER, by=by)
        if incident.lead_id is None:
            raise AlreadyDone(_("Nobody leads this incident."))
        before, incident.lead = incident.lead_id, None
        self.commit("lead")
        return append(incident, kind=Kind.HANDED_OVER, by=by, now=now, facts={"from": before, "to": None})

    @transaction.atomic
    def assign_role(self, *, role: IncidentRole, person: User, by: User, now: datetime) -> TimelineEntry:
        """Name the person for a role, in place of whoever holds it."""
        incident = self._incident
        self.begin(Verb.ASSIGN_ROLE, by=by)
        self._check_can_work(person)
        holding = RoleHolding.objects.select_for_update().filter(incident=incident, role=role).first()
        if holding is not None and holding.person_id == person.pk:
            raise AlreadyDone(_("%(name)s already has this role.") % {"name": person.name})
        if holding is None:
            RoleHolding.objects.create(incident=incident, role=role, person=person, since=now)
        else:
            holding.person, holding.since = person, now
            holding.save(update_fields=["person", "since"])
        self.commit()
        facts = {"role": role.value, "person": person.pk}
        return append(incident, kind=Kind.ROLE_ASSIGNED, by=by, now=now, facts=facts)

    @transaction.atomic
    def end_role(self, *, role: IncidentRole, by: User, now: datetime) -> TimelineEntry:
        """Release whoever holds the role. Raises AlreadyDone when nobody does."""
        incident = self._incident
        self.begin(Verb.ASSIGN_ROLE, by=by)
        holding = RoleHolding.objects.select_for_update().filter(incident=incident, role=role).first()
        if holding is None:
            raise AlreadyDone(_("Nobody holds this role."))
        facts = {"role": role.value, "person": holding.person_id}
        holding.delete()
        self.commit()
        return append(incident, kind=Kind.ROLE_ENDED, by=by, now=now, facts=facts)

    def _check_can_work(self, person: User) -> None:
        if not person.can(Capability.READ_INCIDENTS):
            raise NotPermitted(_("%(name)s has no role that works on incidents.") % {"name": person.name})
