"""Tasks: whose they are, what must be done before the incident may move on."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.playbooks.adding import Assignment, add_task
from incidents.playbooks.states import FINISHED, TASK_MOVES, TaskState, TaskVerb
from incidents.playbooks.task import Task
from incidents.response.states import OPEN
from tests.incidents.walk.story import Story
from tests.incidents.walk.world import Attempt, World

MOVED = ("task_moved",)
BEFORES = ("", "", "contained", "resolved", "closed")


@dataclass
class Remembered:
    state: str = TaskState.NOT_STARTED
    owner: int | None = None
    before: str = ""
    kind: str = "manual"
    ticks: frozenset[str] = frozenset()
    items: int = 0


@dataclass
class Tasks:
    story: Story
    rows: dict[int, Remembered] = field(default_factory=dict)

    def holds(self, befores: tuple[str, ...]) -> bool:
        return any(row.before in befores and row.state not in FINISHED for row in self.rows.values() if row.before)

    def attempts(self, world: World, by: User) -> list[Attempt]:
        added = self._adding(world, by)
        if not self.rows:
            return added
        pk = world.pick(sorted(self.rows))
        return [*added, *self._moves(pk, world, by), *self._others(pk, world, by)]

    def _adding(self, world: World, by: User) -> list[Attempt]:
        title, now, before, case = world.words(), world.now, world.pick(BEFORES), world.case
        is_possible = self.story.was_triaged and self.story.state in OPEN and bool(title.strip())
        allowed = by.can(Capability.ANNOTATE) and (not before or self._waives(by))
        made: list[Task] = []
        wanted = Assignment(title=title, before=before)
        return [
            Attempt(
                name="add a task", act=lambda: made.append(add_task(case, wanted, by=by, now=now)),
                kinds=("task_added",),
                may=is_possible and allowed, then=lambda: self.rows.update({made[0].pk: Remembered(before=before)}),
            )
        ]  # fmt: skip

    def _moves(self, pk: int, world: World, by: User) -> list[Attempt]:
        row, task, now, words = self.rows[pk], Task.objects.get(pk=pk), world.now, world.words()
        has_words = bool(words.strip())
        may_skip = not row.before or self._waives(by)

        def to(state: TaskState, *, takes: bool = False) -> Any:
            def moved() -> None:
                row.state, row.owner = state, row.owner or by.pk if takes else row.owner

            return moved

        found = [
            Attempt(
                name=f"task {pk}: start", act=lambda: task.start(by=by, now=now), kinds=MOVED,
                may=self._may(TaskVerb.START, row, by), then=to(TaskState.IN_PROGRESS, takes=True),
            ),
            Attempt(
                name=f"task {pk}: block", act=lambda: task.block(by=by, now=now, reason=words), kinds=MOVED,
                may=self._may(TaskVerb.BLOCK, row, by) and has_words, then=to(TaskState.CANNOT_PROCEED),
            ),
            Attempt(
                name=f"task {pk}: skip", is_onward=True,
                act=lambda: task.skip(by=by, now=now, reason=words), kinds=MOVED,
                may=self._may(TaskVerb.SKIP, row, by) and has_words and may_skip, then=to(TaskState.NOT_DOING),
            ),
            Attempt(
                name=f"task {pk}: resume", act=lambda: task.resume(by=by, now=now, reason=words), kinds=MOVED,
                may=self._may(TaskVerb.RESUME, row, by) and has_words, then=to(TaskState.IN_PROGRESS),
            ),
        ]  # fmt: skip
        if row.kind in {"manual", "checklist"}:
            is_ticked = len(row.ticks) == row.items
            found.append(
                Attempt(
                    name=f"task {pk}: finish", is_onward=True,
                    act=lambda: task.finish(by=by, now=now), kinds=MOVED,
                    may=self._may(TaskVerb.FINISH, row, by) and is_ticked, then=to(TaskState.DONE, takes=True),
                )
            )  # fmt: skip
        return found

    def _others(self, pk: int, world: World, by: User) -> list[Attempt]:
        row, task, now, words = self.rows[pk], Task.objects.get(pk=pk), world.now, world.words()
        to, later = world.pick([None, world.somebody()]), now + timedelta(hours=1)
        ticks = frozenset(str(n) for n in range(row.items) if world.dice.random() > 1 / 3)

        def ticked() -> None:
            row.ticks, row.owner = ticks, row.owner or by.pk
            row.state = TaskState.IN_PROGRESS if row.state == TaskState.NOT_STARTED else row.state

        found = [
            Attempt(
                name=f"task {pk}: to {to}", act=lambda: task.assign(to=to, by=by, now=now), kinds=("task_assigned",),
                may=self._may(TaskVerb.ASSIGN, row, by, for_all=True) and row.owner != (to.pk if to else None)
                and (to is None or world.sees(to)),
                then=lambda: setattr(row, "owner", to.pk if to else None),
            ),
            Attempt(
                name=f"task {pk}: due later", kinds=("task_rescheduled",),
                act=lambda: task.reschedule(to=later, by=by, now=now, reason=words),
                may=self._may(TaskVerb.RESCHEDULE, row, by) and bool(words.strip()),
            ),
        ]  # fmt: skip
        if row.kind == "checklist":
            found.append(
                Attempt(
                    name=f"task {pk}: tick {sorted(ticks)}", kinds=("task_recorded",), then=ticked,
                    act=lambda: task.record(by=by, now=now, values={"ticks": sorted(ticks)}),
                    may=self._may(TaskVerb.RECORD, row, by) and ticks != row.ticks,
                )
            )  # fmt: skip
        return found

    def _may(self, verb: TaskVerb, row: Remembered, by: User, *, for_all: bool = False) -> bool:
        is_theirs = for_all or row.owner in {None, by.pk} or self._waives(by)
        is_possible = self.story.state in OPEN and row.state in TASK_MOVES[verb].sources
        return by.can(Capability.ANNOTATE) and is_theirs and is_possible

    def _waives(self, by: User) -> bool:
        return by.pk == self.story.lead or by.has_role(Role.MANAGER)

    def read(self, world: World) -> None:
        """Playbooks bring tasks, and what a task waited for ends it."""
        self.rows = {task.pk: _seen(task) for task in Task.objects.filter(incident=world.incident_id)}

    def check(self, world: World) -> None:
        assert {task.pk: _seen(task) for task in Task.objects.filter(incident=world.incident_id)} == self.rows


def _seen(task: Task) -> Remembered:
    ticks, items = frozenset(task.result.get("ticks", {})), len(task.detail.get("items", ()))
    return Remembered(task.state, task.owner_id, task.before, task.kind, ticks, items)
