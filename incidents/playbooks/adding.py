"""Adding to a running incident: a single task, or one more playbook."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.playbooks.authority import may_choose_playbooks, may_waive
from incidents.playbooks.playbook import Playbook, PlaybookVersion
from incidents.playbooks.refusals import OwnerCannotSee, RunInWrongState, TaskInWrongState
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.states import RunState, VersionState
from incidents.playbooks.task import Task, next_number
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import NotPermitted, ReasonMissing
from incidents.response.timeline import append


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a single task asks for."""

    title: str
    lane: str = ""
    owner: User | None = None
    due_at: datetime | None = None
    before: str = ""
    instructions: str = ""


@transaction.atomic
def add_task(incident: Incident, assignment: Assignment, *, by: User, now: datetime) -> Task:
    """Raises NotPermitted, TaskInWrongState, ReasonMissing or OwnerCannotSee."""
    locked = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if not by.can(Capability.ANNOTATE):
        raise NotPermitted(_("Your roles do not allow adding tasks. Ask the lead."))
    if locked.triaged_at is None or not locked.is_open:
        raise TaskInWrongState(
            _("%(reference)s is %(state)s. Tasks can be added once it is triaged, until it is closed.")
            % {"reference": locked.reference, "state": locked.get_state_display().lower()}
        )
    if assignment.before and not may_waive(by, locked):
        raise NotPermitted(_("Only the lead or a manager makes a task mandatory. Add it as an optional one."))
    if not assignment.title.strip():
        raise ReasonMissing(_("what is to be done"))
    owner = assignment.owner
    if owner is not None and not Incident.objects.filter(pk=locked.pk).visible_to(owner).exists():
        raise OwnerCannotSee(
            _("%(name)s cannot see this incident. Give them a role on it first, or choose somebody else.")
            % {"name": owner.name}
        )
    task = Task.objects.create(
        incident=locked,
        number=next_number(locked),
        title=assignment.title.strip(),
        instructions=assignment.instructions.strip(),
        lane=assignment.lane,
        owner=owner,
        due_at=assignment.due_at,
        remind_at=assignment.due_at,
        before=assignment.before,
        added_at=now,
        added_by=by,
    )
    facts = task.facts(to=owner.pk if owner else None)
    append(locked, kind=Kind.TASK_ADDED, by=by, now=now, facts=facts, text=task.title)
    return task


@transaction.atomic
def add_playbook(incident: Incident, playbook: Playbook, *, by: User, now: datetime) -> PlaybookRun:
    """Start one more playbook, or one that was proposed or declined. Raises NotPermitted or RunInWrongState."""
    locked = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if not may_choose_playbooks(by, locked):
        raise NotPermitted(_("Only the lead and those who triage choose playbooks. Ask one of them."))
    if locked.triaged_at is None or not locked.is_open:
        raise RunInWrongState(
            _("%(reference)s is %(state)s. Playbooks can be added once it is triaged, until it is closed.")
            % {"reference": locked.reference, "state": locked.get_state_display().lower()}
        )
    run = _proposed_before(locked, playbook) or _new(locked, playbook)
    run.start(by=by, now=now)
    return run


def _proposed_before(incident: Incident, playbook: Playbook) -> PlaybookRun | None:
    """The run that is there already, on the version in force now as long as it never started."""
    run = PlaybookRun.objects.filter(incident=incident, playbook=playbook).first()
    version = _in_force(playbook)
    if run is not None and run.started_at is None and version is not None and run.version_id != version.pk:
        run.version = version
        run.save(update_fields=["version"])
    return run


def _in_force(playbook: Playbook) -> PlaybookVersion | None:
    return playbook.versions.filter(state=VersionState.PUBLISHED).first()


def _new(incident: Incident, playbook: Playbook) -> PlaybookRun:
    version = _in_force(playbook)
    if version is None or playbook.retired_at is not None:
        raise RunInWrongState(_("%(name)s is not in force. Choose another one.") % {"name": playbook.name})
    return PlaybookRun.objects.create(incident=incident, playbook=playbook, version=version, state=RunState.WITHDRAWN)
