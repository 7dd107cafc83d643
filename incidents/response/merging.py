"""Ending a duplicate in favour of another incident, and taking that back. Mixed into Incident.

`merged_into` says where a duplicate lives on. What hangs on it is carried over by `incidents.linking`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.response.acting import Acting
from incidents.response.kinds import Kind
from incidents.response.refusals import AlreadyDone, Refusal, WrongState
from incidents.response.states import Verb
from incidents.response.timeline import Addition, TimelineEntry, append_all

if TYPE_CHECKING:
    from incidents.response.models import Incident

TIMES = ("acknowledged_at", "closed_at", "next_update_due_at")


class CannotMerge(Refusal):
    """These two incidents must not become one."""


class Merging(Acting):
    """Merge, unmerge. The caller locks both incidents first, in the order of their ids."""

    class Meta(Acting.Meta):
        abstract = True

    @property
    def standing(self) -> dict[str, Any]:
        """What `unmerge` needs to put it back."""
        incident = self._incident
        times = {name: at.isoformat() if (at := getattr(incident, name)) else None for name in TIMES}
        return times | {"state": str(incident.state), "acknowledged_by": incident.acknowledged_by_id}

    @transaction.atomic
    def merge_into(self, survivor: "Incident", *, by: User, now: datetime, note: str = "") -> list[TimelineEntry]:
        """This is the same as `survivor`, where work goes on. Raises CannotMerge, WrongState or NotPermitted.

        Dismissed it counts in no measure a second time; its own record stays as it is.
        """
        incident = self._incident
        move = self.begin(Verb.MERGE, by=by)
        check_mergeable(incident, survivor)
        if move.to is None:
            raise RuntimeError("Merging ends the duplicate, but the table of moves names no target.")
        incident.state, incident.merged_into = move.to, survivor
        incident.closed_at, incident.next_update_due_at = now, None
        if incident.acknowledged_at is None:
            incident.acknowledged_at, incident.acknowledged_by = now, by
        self.commit("state", "merged_into", "acknowledged_by", *TIMES)
        return self._say_both(Kind.MERGED, Kind.TOOK_OVER, survivor, by=by, now=now, text=note)

    @transaction.atomic
    def unmerge(self, before: Mapping[str, Any], *, by: User, now: datetime, reason: str = "") -> list[TimelineEntry]:
        """It stands as before the merge, which `standing` told. Raises CannotMerge when something contradicts."""
        incident = self._incident
        self.begin(Verb.UNMERGE, by=by)
        survivor = incident.merged_into
        if survivor is None:
            raise AlreadyDone(_("%(reference)s is not merged.") % {"reference": incident.reference})
        _check_partable(incident, survivor)
        incident.state, incident.merged_into = before["state"], None
        incident.acknowledged_by_id = before["acknowledged_by"]
        for name in TIMES:
            setattr(incident, name, datetime.fromisoformat(before[name]) if before[name] else None)
        self.commit("state", "merged_into", "acknowledged_by", *TIMES)
        return self._say_both(Kind.UNMERGED, Kind.GAVE_BACK, survivor, by=by, now=now, text=reason)

    def check_not_merged(self) -> None:
        """Raises WrongState for one whose work goes on elsewhere."""
        incident = self._incident
        if incident.merged_into_id is not None:
            raise WrongState(
                _("%(reference)s was merged into another incident. Work goes on there; or take the merge back first.")
                % {"reference": incident.reference}
            )

    def check_takes_facts(self) -> None:
        """Raises WrongState where real breaches, complaints and reports must not be attached: they would be lost."""
        incident = self._incident
        self.check_not_merged()
        if incident.is_drill:
            raise WrongState(
                _("%(reference)s is a drill. What really happened belongs to an incident that is none.")
                % {"reference": incident.reference}
            )

    def _say_both(
        self, mine: Kind, theirs: Kind, survivor: "Incident", *, by: User, now: datetime, text: str
    ) -> list[TimelineEntry]:
        incident = self._incident
        return append_all(
            [
                Addition(incident, mine, by, {"other": survivor.pk}, text),
                Addition(survivor, theirs, by, {"other": incident.pk}, text),
            ],
            now=now,
        )


def check_mergeable(duplicate: "Incident", survivor: "Incident") -> None:
    """Whether work on `duplicate` can go on in `survivor`. Raises CannotMerge with the sentence that cures it."""
    names = {"duplicate": duplicate.reference, "survivor": survivor.reference}
    if duplicate.pk == survivor.pk:
        raise CannotMerge(_("An incident cannot be merged into itself. Choose another one."))
    if survivor.merged_into_id is not None:
        raise CannotMerge(_("%(survivor)s was merged into another incident itself. Choose that one.") % names)
    if not survivor.is_under_way:
        names["state"] = survivor.get_state_display().lower()
        raise CannotMerge(
            _("%(survivor)s is %(state)s: no work goes on there. Reopen it first, or choose another one.") % names
        )
    if _others_merged_into(duplicate):
        raise CannotMerge(
            _("Others were merged into %(duplicate)s. Merge %(survivor)s into it instead, or take those back.") % names
        )
    if duplicate.is_drill != survivor.is_drill:
        raise CannotMerge(_("One of %(duplicate)s and %(survivor)s is a drill, the other is not.") % names)
    if duplicate.visibility != survivor.visibility:
        raise CannotMerge(
            _(
                "One of %(duplicate)s and %(survivor)s is restricted, the other is not: what is attached would be seen"
                " by others than before. Give both the same visibility first."
            )
            % names
        )
    if duplicate.system_id != survivor.system_id:
        raise CannotMerge(
            _("%(duplicate)s and %(survivor)s are about different AI systems. Link them as related instead.") % names
        )


def _check_partable(duplicate: "Incident", survivor: "Incident") -> None:
    names = {"duplicate": duplicate.reference, "survivor": survivor.reference}
    if not survivor.is_open:
        names["state"] = survivor.get_state_display().lower()
        raise CannotMerge(_("%(survivor)s is %(state)s, and %(duplicate)s with it. Reopen %(survivor)s first.") % names)
    if duplicate.visibility != survivor.visibility:
        raise CannotMerge(
            _("Who may see %(duplicate)s and %(survivor)s differs now. Give both the same visibility first.") % names
        )
    taken = type(duplicate).objects.open().filter(dedup_key=duplicate.dedup_key).exclude(pk=duplicate.pk)
    if duplicate.dedup_key and taken.exists():
        raise CannotMerge(
            _("Another incident has been opened for the cause of %(duplicate)s since. Work on that one.") % names
        )


def _others_merged_into(incident: "Incident") -> bool:
    return type(incident).objects.filter(merged_into_id=incident.pk).exists()
