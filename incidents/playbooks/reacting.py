"""What the life of an incident means for its playbooks and tasks. Named in `airp/reactions.py`."""

from datetime import datetime

from incidents.playbooks.due import settle_due_times
from incidents.playbooks.freezing import holders_of, owner_of
from incidents.playbooks.queries import fitting_version
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.states import RunState
from incidents.playbooks.task import Task
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, TimelineEntry


def start_fitting(pending: PendingReaction, *, now: datetime) -> None:
    """Triaged or regraded: the fitting playbook starts; beside one that runs already it is only proposed."""
    _entry, incident = _locked(pending)
    if incident.triaged_at is None or not incident.is_open:
        return
    version = fitting_version(incident)
    stale = PlaybookRun.objects.filter(incident=incident, state=RunState.PROPOSED)
    for run in stale.exclude(playbook=version.playbook_id) if version else stale:
        run.withdraw(now=now)
    if version is None:
        return
    run, is_new = PlaybookRun.objects.get_or_create(
        incident=incident,
        playbook=version.playbook,
        defaults={"version": version, "state": RunState.WITHDRAWN},
    )
    if run.state != RunState.WITHDRAWN:
        return  # it runs, waits for an answer, or was decided against
    if not is_new and run.version_id != version.pk:
        run.version = version
        run.save(update_fields=["version"])
    if PlaybookRun.objects.filter(incident=incident, state=RunState.RUNNING).exists():
        run.propose(now=now)
    else:
        run.start(by=None, now=now)


def follow_times(pending: PendingReaction, *, now: datetime) -> None:
    """A moment of the incident came, went or was corrected: due times that count from it follow."""
    _entry, incident = _locked(pending)
    settle_due_times(incident, Task.objects.filter(incident=incident).unfinished())


def end_waits_for(pending: PendingReaction, *, now: datetime) -> None:
    """What tasks were waiting for has happened."""
    _entry, incident = _locked(pending)
    waiting = Task.objects.filter(incident=incident, awaits=pending.kind).unfinished()
    for task in waiting.select_for_update(of=("self",)).order_by("number"):
        task.incident = incident
        task.finish_by_itself(now=now)


def give_to_holders(pending: PendingReaction, *, now: datetime) -> None:
    """Somebody holds a role now: the tasks of that role that nobody has are theirs. The entry of the role says so."""
    _entry, incident = _locked(pending)
    holders = holders_of(incident)
    for task in Task.objects.filter(incident=incident, owner__isnull=True).unfinished().select_for_update(of=("self",)):
        task.owner_id = owner_of(lane=task.lane, role=task.role, holders=holders)
        if task.owner_id is not None:
            task.save(update_fields=["owner"])


def _locked(pending: PendingReaction) -> tuple[TimelineEntry, Incident]:
    if pending.entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    incidents = Incident.objects.select_for_update(of=("self",)).select_related("system", "severity", "harm_kind")
    return pending.entry, incidents.get(pk=pending.entry.incident_id)
