"""From steps to tasks: what is copied is what will be done, whatever becomes of the playbook afterwards."""

from datetime import datetime
from typing import TYPE_CHECKING

from incidents.playbooks.due import due_at
from incidents.playbooks.playbook import PlaybookStep
from incidents.playbooks.step_kinds.registry import kind_of
from incidents.playbooks.task import Task, next_number
from incidents.response.models import Incident, RoleHolding
from incidents.response.timeline import TimelineEntry

if TYPE_CHECKING:
    from incidents.playbooks.run import PlaybookRun


def freeze(run: "PlaybookRun", *, now: datetime) -> list[Task]:
    """A task for each step, for whoever holds its role now. The caller holds the lock of the incident."""
    incident, holders = run.incident, holders_of(run.incident)
    first = next_number(incident)
    steps = run.version.steps.order_by("position")
    tasks = Task.objects.bulk_create(
        _task(run, step, number=number, holders=holders, now=now) for number, step in enumerate(steps, start=first)
    )
    _finish_what_happened(incident, tasks, now=now)
    return tasks


def holders_of(incident: Incident) -> dict[str, int | None]:
    """Who holds which role; the empty role is the lead's."""
    held = dict(RoleHolding.objects.filter(incident=incident).values_list("role", "person"))
    return {**held, "": incident.lead_id}


def owner_of(*, lane: str, role: str, holders: dict[str, int | None]) -> int | None:
    """The role that the step names, else the role of its lane, else the lead. Nobody, where nobody holds it."""
    return holders.get(role or lane)


def _task(
    run: "PlaybookRun", step: PlaybookStep, *, number: int, holders: dict[str, int | None], now: datetime
) -> Task:
    due = due_at(run.incident, minutes=step.due_minutes, since=step.due_from)
    return Task(
        incident=run.incident,
        run=run,
        number=number,
        kind=step.kind,
        title=step.title,
        instructions=step.instructions,
        lane=step.lane,
        role=step.role,
        due_minutes=step.due_minutes,
        due_from=step.due_from,
        due_at=due,
        remind_at=due,
        before=step.before,
        detail=step.detail,
        awaits=kind_of(step.kind).awaited(step.detail),
        owner_id=owner_of(lane=step.lane, role=step.role, holders=holders),
        added_at=now,
    )


def _finish_what_happened(incident: Incident, tasks: list[Task], *, now: datetime) -> None:
    """Whoever waits for something that happened already does not wait."""
    awaited = {task.awaits for task in tasks} - {""}
    if not awaited:
        return
    happened = TimelineEntry.objects.filter(
        incident=incident, kind__in=awaited, happened_at__gte=incident.clocks_began_at
    )
    there = set(happened.values_list("kind", flat=True))
    for task in tasks:
        if task.awaits in there:
            task.finish_by_itself(now=now)
