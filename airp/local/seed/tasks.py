"""What was done in the stories: the playbook of each, its tasks finished in time, and the live incident half way."""

from datetime import datetime, timedelta

from airp.accounts.models import User
from airp.local.seed.people import People
from incidents.playbooks.adding import Assignment, add_playbook, add_task
from incidents.playbooks.playbook import Playbook
from incidents.playbooks.queries import fitting_version
from incidents.playbooks.run import PlaybookRun
from incidents.playbooks.states import RunState
from incidents.playbooks.task import Task
from incidents.response.models import Incident
from incidents.response.states import State

# Playbooks were written a hundred days ago; incidents before that had none.
DAYS_OF_PLAYBOOKS = 100
LANES = {"technical": "tomas", "legal": "helene", "policy": "yara", "editorial": "marta", "communications": "kofi"}
MINUTE = timedelta(minutes=1)


class TasksTold:
    """The tasks of one past incident, finished one after the other before the state that they hold back."""

    def __init__(self, incident: Incident, people: People) -> None:
        self.incident = incident
        self.people = people

    def begin(self, *, now: datetime) -> None:
        version = fitting_version(self.incident)
        if version is None or version.published_at is None or version.published_at > now:
            return
        run = PlaybookRun.objects.create(
            incident=self.incident, playbook=version.playbook, version=version, state=RunState.WITHDRAWN
        )
        run.start(by=None, now=now)

    def finish_before(self, state: State, *, now: datetime) -> None:
        for task in Task.objects.filter(incident=self.incident, before=state).unfinished().order_by("number"):
            task.finish(by=self._doer(task), now=now, values=values_for(task))

    def _doer(self, task: Task) -> User:
        """Whoever has it; of what nobody has, the lane's person, or in a restricted incident the lead."""
        if task.owner is not None:
            return task.owner
        lead = self.incident.lead or self.people["tomas"]
        return lead if self.incident.is_restricted else self.people[LANES.get(task.lane, "tomas")]


def values_for(task: Task) -> dict[str, object]:
    """What the kind of the task asks for."""
    if task.kind == "decision":
        return {"option": task.detail["options"][0], "reasons": "Agreed with the lead; nobody disagreed."}
    if task.kind == "checklist":
        return {"ticks": [str(number) for number in range(len(task.detail["items"]))]}
    return {"reasons": "Watched for an hour: it stayed down."} if task.kind == "wait_for" else {}


def leave_half_done(incident: Incident, people: People, *, now: datetime) -> None:
    """The incident that is still open: no playbook fitted its harm kind, so the editors added the nearest one."""
    marta, kofi, tomas, helene = (people[name] for name in ("marta", "kofi", "tomas", "helene"))
    add_playbook(incident, Playbook.objects.get(slug="invented-commitment"), by=people["sara"], now=now)
    tasks = {task.number: task for task in Task.objects.filter(incident=incident)}
    tasks[1].finish(by=marta, now=now + 20 * MINUTE)
    tasks[2].start(by=tomas, now=now + 25 * MINUTE)
    tasks[3].assign(to=helene, by=marta, now=now + 30 * MINUTE)
    tasks[4].block(by=marta, now=now + 95 * MINUTE, reason="Waits for the right dates from two partner papers.")
    tasks[6].skip(by=marta, now=now + 100 * MINUTE, reason="Nine small articles: nobody will ask the press office.")
    tasks[5].record(by=kofi, now=now + 2 * 60 * MINUTE, values={"ticks": ["0"]})
    wanted = Assignment(
        title="Ask the partner papers how they write dates",
        lane="editorial",
        owner=people["owen"],
        due_at=now + timedelta(days=2),
        instructions="A line each is enough: which field holds the date, and in which form.",
    )
    add_task(incident, wanted, by=marta, now=now + 3 * 60 * MINUTE)
