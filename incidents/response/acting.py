"""How every verb acts: lock the row, consult the table of moves, change, record. Mixed into Incident."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.response.clocks import ClockName, due_times
from incidents.response.refusals import EditConflict, ImpossibleTime, NotPermitted, ReasonMissing, WrongState
from incidents.response.states import MOVES, Move, State, Verb

if TYPE_CHECKING:
    from incidents.response.models import Incident


# Nothing that airp watches is older; earlier dates are slips of the keyboard, and PostgreSQL's BC dates cannot be read.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def check_possible(at: datetime | None, *, now: datetime) -> None:
    """Refuse a time that cannot be meant. Raises ImpossibleTime."""
    if at is not None and at > now:
        raise ImpossibleTime(_("That time lies in the future."))
    if at is not None and at < EARLIEST:
        raise ImpossibleTime(_("That time is before the year 2000. Check the date."))


class Acting(models.Model):
    """Locks, guards and saves. The verbs in the other mixins are built from these few steps."""

    class Meta:
        abstract = True

    def begin(self, verb: Verb, *, by: User | None, reason: str = "", expected: int | None = None) -> Move:
        """Lock the incident and check that `verb` is possible now, for this person, with this reason.

        Must be called inside a transaction. `by` None is the machine, which needs no capability but is held to
        the table of moves. `expected` is the version that a form was opened with.
        Raises NotPermitted, WrongState, ReasonMissing or EditConflict.
        """
        incident = self._incident
        incident.refresh_from_db(from_queryset=type(incident)._base_manager.select_for_update(of=("self",)))
        move = MOVES[verb]
        if by is not None and not by.can(move.capability):
            raise NotPermitted(_("Your roles do not allow this. Ask the lead or a manager."))
        if State(incident.state) not in move.sources:
            raise WrongState(self._wrong_state(move))
        if move.demands_reason and by is not None and not reason.strip():
            raise ReasonMissing(move.demands_reason)
        if expected is not None and expected != incident.version:
            raise EditConflict(expected=expected, found=incident.version)
        return move

    def commit(self, *fields: str) -> None:
        """Write only the changed fields, count the version up and refresh the next clock."""
        incident = self._incident
        incident.version += 1
        incident.next_clock, incident.next_due_at = self._next_clock()
        incident.save(update_fields=[*fields, "version", "next_clock", "next_due_at"])

    def set_clocks(self, *, updated_at: datetime | None = None) -> tuple[str, ...]:
        """Compute the due times from the frozen terms; returns the names of the fields it set."""
        incident = self._incident
        due = due_times(incident.terms, began_at=incident.clocks_began_at, updated_at=updated_at)
        incident.acknowledge_due_at = cast(datetime, due[ClockName.ACKNOWLEDGE])
        incident.contain_due_at = cast(datetime, due[ClockName.CONTAIN])
        incident.next_update_due_at = due[ClockName.NEXT_UPDATE]
        return ("acknowledge_due_at", "contain_due_at", "next_update_due_at")

    @property
    def _incident(self) -> "Incident":
        return cast("Incident", self)

    def _wrong_state(self, move: Move) -> str:
        incident = self._incident
        needed = " / ".join(str(state.label) for state in State if state in move.sources)
        return _("%(reference)s is %(state)s. This needs an incident that is: %(needed)s.") % {
            "reference": incident.reference,
            "state": incident.get_state_display().lower(),
            "needed": needed.lower(),
        }

    def _next_clock(self) -> tuple[str, datetime | None]:
        running: list[tuple[datetime, str]] = []
        incident = self._incident
        if incident.is_under_way:
            if incident.acknowledged_at is None:
                running.append((incident.acknowledge_due_at, ClockName.ACKNOWLEDGE.value))
            if incident.contained_at is None:
                running.append((incident.contain_due_at, ClockName.CONTAIN.value))
            if incident.next_update_due_at is not None:
                running.append((incident.next_update_due_at, ClockName.NEXT_UPDATE.value))
            if incident.reassess_due_at is not None:
                running.append((incident.reassess_due_at, ClockName.REASSESS.value))
        if not running:
            return "", None
        due_at, name = min(running)
        return name, due_at

    def _facts(self, **facts: Any) -> dict[str, Any]:
        """Facts with times as ISO text and without what is not known."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in facts.items()
            if value is not None
        }
