"""What people say about an incident: its details, notes, updates, corrected times and who may see it."""

from datetime import datetime

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.web.visible import one_line
from incidents.response.acting import Acting, check_possible
from incidents.response.kinds import Kind
from incidents.response.mentions import Found
from incidents.response.people import IncidentRole, RoleHolding
from incidents.response.refusals import AlreadyDone, ImpossibleTime, ReasonMissing, WouldLoseSight
from incidents.response.states import Verb
from incidents.response.timeline import TimelineEntry, append
from incidents.response.visibility import Visibility

NOBODY = Found()


class IncidentTime(models.TextChoices):
    """The separate times of an incident, in the order in which they normally happen."""

    STARTED = "started_at", gettext_lazy("Harm started")
    DETECTED = "detected_at", gettext_lazy("Detected")
    REPORTED = "reported_at", gettext_lazy("Reported")
    DECLARED = "declared_at", gettext_lazy("Declared")
    ACKNOWLEDGED = "acknowledged_at", gettext_lazy("Acknowledged")
    CONTAINED = "contained_at", gettext_lazy("Contained")
    RESOLVED = "resolved_at", gettext_lazy("Resolved")
    CLOSED = "closed_at", gettext_lazy("Closed")


class Telling(Acting):
    """Notes and edits. Nothing here moves the state."""

    class Meta(Acting.Meta):
        abstract = True

    @transaction.atomic
    def add_note(self, *, text: str, by: User, now: datetime, found: Found = NOBODY) -> TimelineEntry:
        """Write something into the record. `found` says which parts of the text are names."""
        self.begin(Verb.ADD_NOTE, by=by)
        if not text.strip():
            raise ReasonMissing(_("what you want to note"))
        return append(self._incident, kind=Kind.NOTE_ADDED, by=by, now=now, facts=found.facts, text=text)

    @transaction.atomic
    def post_update(self, *, text: str, by: User, now: datetime, found: Found = NOBODY) -> TimelineEntry:
        """Tell everybody who follows how it stands, and start the clock of the next update anew."""
        incident = self._incident
        self.begin(Verb.POST_UPDATE, by=by)
        if not text.strip():
            raise ReasonMissing(_("how it stands now"))
        incident.updated_at = now
        clocks = self.set_clocks(updated_at=now)
        self.commit("updated_at", *clocks)
        return append(incident, kind=Kind.UPDATE_POSTED, by=by, now=now, facts=found.facts, text=text)

    @transaction.atomic
    def edit_details(self, *, title: str, summary: str, by: User, now: datetime, expected: int) -> TimelineEntry:
        """Reword title and summary. Raises EditConflict when somebody was faster, AlreadyDone for no change."""
        incident, title = self._incident, one_line(title)
        self.begin(Verb.EDIT_DETAILS, by=by, expected=expected)
        if (title, summary) == (incident.title, incident.summary):
            raise AlreadyDone(_("Nothing was changed."))
        before = _("Title before: %(title)s\nSummary before: %(summary)s") % {
            "title": incident.title,
            "summary": incident.summary,
        }
        incident.title, incident.summary = title, summary
        self.commit("title", "summary")
        return append(incident, kind=Kind.DETAILS_EDITED, by=by, now=now, text=before)

    @transaction.atomic
    def correct_time(self, *, which: IncidentTime, to: datetime, by: User, now: datetime, reason: str) -> TimelineEntry:
        """Put a time right. The value before stays in the record, with the reason."""
        incident = self._incident
        self.begin(Verb.CORRECT_TIME, by=by, reason=reason)
        before: datetime | None = getattr(incident, which.value)
        if before is None and which not in {
            IncidentTime.STARTED,
            IncidentTime.DETECTED,
            IncidentTime.REPORTED,
        }:
            raise ImpossibleTime(_("That has not happened yet, so its time cannot be corrected."))
        check_possible(to, now=now)
        if to == before:
            raise AlreadyDone(_("That is already the recorded time."))
        setattr(incident, which.value, to)
        self._check_order()
        self.commit(which.value)
        facts = self._facts(which=which.value, before=before, after=to)
        return append(incident, kind=Kind.TIME_CORRECTED, by=by, now=now, facts=facts, text=reason)

    @transaction.atomic
    def set_visibility(self, *, to: Visibility, by: User, now: datetime, reason: str) -> TimelineEntry:
        """Restrict the incident to those who work on it, or open it again. Whoever restricts it stays in."""
        incident = self._incident
        self.begin(Verb.SET_VISIBILITY, by=by, reason=reason)
        if incident.visibility == to:
            raise AlreadyDone(_("It already has this visibility."))
        before, incident.visibility = incident.visibility, to
        self.commit("visibility")
        self._keep_inside(by, now=now)
        facts = {"from": before, "to": to.value}
        return append(incident, kind=Kind.VISIBILITY_CHANGED, by=by, now=now, facts=facts, text=reason)

    def _keep_inside(self, person: User, *, now: datetime) -> None:
        """Whoever restricts an incident must not lose sight of it: they become its observer, if nothing else.

        Raises WouldLoseSight where somebody else is that, whom it would shut out in silence.
        """
        incident = self._incident
        if type(incident).objects.filter(pk=incident.pk).visible_to(person).exists():
            return
        observer = RoleHolding.objects.filter(incident=incident, role=IncidentRole.OBSERVER).first()
        if observer is not None:
            raise WouldLoseSight(
                _("You would lose sight of it: you have no role on it, and %(name)s is its observer. Take one first.")
                % {"name": observer.person.name}
            )
        RoleHolding.objects.create(incident=incident, role=IncidentRole.OBSERVER, person=person, since=now)

    def _check_order(self) -> None:
        """Refuse times that contradict each other: harm starts before it is detected, and so on."""
        incident = self._incident
        ordered = (
            (IncidentTime.STARTED, IncidentTime.DETECTED),
            (IncidentTime.DETECTED, IncidentTime.DECLARED),
            (IncidentTime.DECLARED, IncidentTime.ACKNOWLEDGED),
            (IncidentTime.STARTED, IncidentTime.CONTAINED),
            (IncidentTime.CONTAINED, IncidentTime.RESOLVED),
            (IncidentTime.RESOLVED, IncidentTime.CLOSED),
        )
        for earlier, later in ordered:
            first, second = getattr(incident, earlier.value), getattr(incident, later.value)
            if first is not None and second is not None and first > second:
                raise ImpossibleTime(
                    _("%(earlier)s would be after %(later)s. Correct the other one first, or check the date.")
                    % {"earlier": earlier.label, "later": later.label}
                )
