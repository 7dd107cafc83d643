"""How bad it is: raising and lowering the severity. A machine may raise, never lower."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.response.acting import Acting
from incidents.response.clocks import reassess_due
from incidents.response.kinds import Kind
from incidents.response.refusals import LevelNotHigher, LevelNotLower, NotPermitted, ReasonMissing
from incidents.response.states import MOVES, Verb
from incidents.response.timeline import TimelineEntry, append


class Grading(Acting):
    """Severity and the terms that come with it, frozen at the declaration."""

    class Meta(Acting.Meta):
        abstract = True

    @property
    def terms(self) -> dict[str, Any]:
        """What the present severity demands, as it was written when this incident was declared."""
        levels: dict[str, dict[str, Any]] = self._incident.policy["levels"]
        return levels[self.severity_slug]

    @property
    def severity_slug(self) -> str:
        """The code of the present level, from the frozen policy (no query)."""
        levels: dict[str, dict[str, Any]] = self._incident.policy["levels"]
        return next(slug for slug, terms in levels.items() if terms["id"] == self._incident.severity_id)

    def set_severity(self, level: SeverityLevel) -> None:
        """Point at a level; one that was created after the declaration joins the frozen policy now."""
        incident = self._incident
        if level.slug not in incident.policy["levels"]:
            incident.policy["levels"][level.slug] = level.terms | {"id": level.pk}
            incident.save(update_fields=["policy"])
        incident.severity = level

    @transaction.atomic
    def raise_severity(
        self, *, to: SeverityLevel, by: User | None, now: datetime, reason: str, expected: int | None = None
    ) -> TimelineEntry:
        """It is worse than thought. Raises LevelNotHigher unless `to` is worse than the present level."""
        self.begin(Verb.RAISE_SEVERITY, by=by, reason=reason, expected=expected)
        if to.rank >= self.terms["rank"]:
            raise LevelNotHigher(_("%(now)s is the present level; choose a worse one.") % {"now": self.severity_slug})
        return self.regrade(to, kind=Kind.SEVERITY_RAISED, by=by, now=now, reason=reason)

    @transaction.atomic
    def lower_severity(
        self, *, to: SeverityLevel, by: User, now: datetime, reason: str, expected: int | None = None
    ) -> TimelineEntry:
        """It is less bad than thought. Raises LevelNotLower unless `to` is below the present level."""
        self.begin(Verb.LOWER_SEVERITY, by=by, reason=reason, expected=expected)
        if to.rank <= self.terms["rank"]:
            raise LevelNotLower(_("%(now)s is the present level; choose a less bad one.") % {"now": self.severity_slug})
        return self.regrade(to, kind=Kind.SEVERITY_LOWERED, by=by, now=now, reason=reason)

    def check_lowering(self, level: SeverityLevel, *, by: User | None, reason: str) -> None:
        """Whoever puts the level down on the way to something else needs the right and the reason of lowering it."""
        if level.rank <= self.terms["rank"]:
            return
        lowering = MOVES[Verb.LOWER_SEVERITY]
        if by is None or not by.can(lowering.capability):
            raise NotPermitted(
                _(
                    "%(level)s is less than %(before)s, and only a manager lowers the severity."
                    " Keep %(before)s, or ask one."
                )
                % {"level": level.slug, "before": self.severity_slug}
            )
        if not reason.strip():
            raise ReasonMissing(lowering.demands_reason)

    def regrade(
        self, level: SeverityLevel, *, kind: Kind, by: User | None, now: datetime, reason: str
    ) -> TimelineEntry:
        """Change the level and its clocks, in the caller's transaction. A worse one is looked at again sooner."""
        incident, before = self._incident, self.severity_slug
        self.set_severity(level)
        if incident.reassess_due_at is not None:
            due = reassess_due(self.terms, at=now, zone=timezone.get_default_timezone())
            incident.reassess_due_at = min(incident.reassess_due_at, due)
        self.commit("severity", "reassess_due_at", *self.set_clocks(updated_at=incident.updated_at))
        return append(self._incident, kind=kind, by=by, now=now, facts={"from": before, "to": level.slug}, text=reason)
