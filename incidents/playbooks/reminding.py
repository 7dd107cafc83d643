"""The sweep over tasks: reminds owners of what is due and overdue, and ends waits whose time has passed.

Each task is claimed by itself and looked at again under its lock, so any number of workers may sweep.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from incidents.playbooks.states import TaskState
from incidents.playbooks.task import ReminderStage, Task, TaskReminder
from incidents.response.kinds import Occasion
from incidents.response.models import Incident
from incidents.response.timeline import announce

OVERDUE_AFTER = timedelta(hours=1)
OCCASIONS = {ReminderStage.DUE: Occasion.TASK_DUE, ReminderStage.OVERDUE: Occasion.TASK_OVERDUE}


@transaction.atomic
def remind(task_id: int, *, now: datetime) -> bool:
    """Queue the reminder of this task, if it still wants one. False when somebody else was faster."""
    claimed = Task.objects.select_for_update(of=("self",), skip_locked=True).select_related("incident")
    task = claimed.at_work().filter(pk=task_id, remind_at__lte=now).first()
    if task is None or task.due_at is None:
        return False
    stage = ReminderStage.OVERDUE if now >= task.due_at + OVERDUE_AFTER else ReminderStage.DUE
    _made, is_new = TaskReminder.objects.get_or_create(
        task=task, stage=stage, due_at=task.due_at, defaults={"reminded_at": now}
    )
    task.remind_at = task.due_at + OVERDUE_AFTER if stage == ReminderStage.DUE else None
    task.save(update_fields=["remind_at"])
    if is_new:
        announce(OCCASIONS[stage], facts=_facts(task, task.due_at), now=now)
    return is_new


@transaction.atomic
def end_wait(task_id: int, *, now: datetime) -> bool:
    """Finish a task that waited for time to pass. False when it is not so any more."""
    found = Task.objects.filter(pk=task_id).values_list("incident", flat=True).first()
    if found is None:
        return False
    incident = Incident.objects.select_for_update(of=("self",)).get(pk=found)
    waiting = Task.objects.select_for_update(of=("self",)).at_work().filter(state=TaskState.IN_PROGRESS)
    task = waiting.filter(pk=task_id, awaits_until__lte=now).first()
    if task is None:
        return False
    task.incident = incident
    task.finish_by_itself(now=now)
    return True


def _facts(task: Task, due_at: datetime) -> dict[str, object]:
    return {
        "task": task.pk,
        "number": task.number,
        "incident": task.incident_id,
        "title": task.title,
        "owner": task.owner_id,
        "due_at": due_at.isoformat(),
        "url": reverse("incidents:task", args=[task.pk]),
    }
