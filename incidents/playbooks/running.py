"""The verbs of a playbook in an incident. Each locks the incident, so freezing and ending tasks never interleave."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.playbooks.authority import may_choose_playbooks, may_waive
from incidents.playbooks.freezing import freeze
from incidents.playbooks.refusals import RunInWrongState
from incidents.playbooks.states import RUN_MOVES, UNFINISHED, RunState, RunVerb
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import NotPermitted, ReasonMissing
from incidents.response.timeline import TimelineEntry, append

if TYPE_CHECKING:
    from incidents.playbooks.run import PlaybookRun


class Running(models.Model):
    """Start, decline, stop; the machine proposes and withdraws."""

    class Meta:
        abstract = True

    @transaction.atomic
    def start(self, *, by: User | None, now: datetime) -> TimelineEntry:
        """Make tasks of its steps, as the version is written now. `by` None is the machine."""
        run = self._begin(RunVerb.START, by=by)
        run.started_at, run.started_by, run.ended_at, run.ended_by = now, by, None, None
        run.save(update_fields=["state", "started_at", "started_by", "ended_at", "ended_by"])
        tasks = freeze(run, now=now)
        return self._record(Kind.PLAYBOOK_STARTED, by=by, now=now, tasks=len(tasks))

    @transaction.atomic
    def decline(self, *, by: User, now: datetime, reason: str) -> TimelineEntry:
        """What the change of severity or kind proposed is not needed, and why. It can still be added later."""
        run = self._begin(RunVerb.DECLINE, by=by)
        self._demand(reason, _("why it is not needed"))
        return self._end(run, Kind.PLAYBOOK_DECLINED, by=by, now=now, reason=reason)

    @transaction.atomic
    def withdraw(self, *, now: datetime) -> None:
        """The incident was regraded again: nobody needs to answer the proposal any more."""
        run = self._begin(RunVerb.WITHDRAW, by=None)
        run.save(update_fields=["state"])

    @transaction.atomic
    def propose(self, *, now: datetime) -> TimelineEntry:
        """It fits the incident as it is graded now; a person decides."""
        run = self._begin(RunVerb.PROPOSE, by=None)
        run.proposed_at = now
        run.save(update_fields=["state", "proposed_at"])
        return self._record(Kind.PLAYBOOK_PROPOSED, by=None, now=now)

    @transaction.atomic
    def stop(self, *, by: User, now: datetime, reason: str) -> TimelineEntry:
        """Set the whole playbook aside: what is not finished will not be done, mandatory or not."""
        run = self._begin(RunVerb.STOP, by=by)
        if not may_waive(by, run.incident):
            raise NotPermitted(_("Only the lead or a manager stops a playbook. Ask one of them."))
        self._demand(reason, _("why its tasks will not be done"))
        left = list(run.tasks.select_for_update(of=("self",)).filter(state__in=UNFINISHED).order_by("number"))
        for task in left:
            task.set_aside(by=by, now=now, reason=reason)
        return self._end(run, Kind.PLAYBOOK_STOPPED, by=by, now=now, reason=reason, tasks=len(left))

    def _begin(self, verb: RunVerb, *, by: User | None) -> "PlaybookRun":
        """Lock incident and run, in this order. Raises NotPermitted or RunInWrongState."""
        run = cast("PlaybookRun", self)
        incident = Incident.objects.select_for_update(of=("self",)).get(pk=run.incident_id)
        run.refresh_from_db(from_queryset=type(run)._base_manager.select_for_update(of=("self",)))
        run.incident = incident
        if by is not None and not may_choose_playbooks(by, incident):
            raise NotPermitted(_("Only the lead and those who triage choose playbooks. Ask one of them."))
        sources, target = RUN_MOVES[verb]
        if not incident.is_open or RunState(run.state) not in sources:
            raise RunInWrongState(
                _("%(reference)s is %(state)s, and this playbook: %(run)s. Reload the page to see what can be done.")
                % {
                    "reference": incident.reference,
                    "state": incident.get_state_display().lower(),
                    "run": run.get_state_display().lower(),
                }
            )
        run.state = target
        return run

    def _end(
        self, run: "PlaybookRun", kind: Kind, *, by: User, now: datetime, reason: str, **facts: Any
    ) -> TimelineEntry:
        run.ended_at, run.ended_by = now, by
        run.save(update_fields=["state", "ended_at", "ended_by"])
        return self._record(kind, by=by, now=now, reason=reason, **facts)

    def _record(self, kind: Kind, *, by: User | None, now: datetime, reason: str = "", **more: Any) -> TimelineEntry:
        run = cast("PlaybookRun", self)
        facts = {"playbook": run.playbook.slug, "version": run.version.number, **more}
        words = f"{run.playbook.name}: {reason.strip()}" if reason.strip() else run.playbook.name
        return append(run.incident, kind=kind, by=by, now=now, facts=facts, text=words)

    def _demand(self, reason: str, demanded: str) -> None:
        if not reason.strip():
            raise ReasonMissing(demanded)
