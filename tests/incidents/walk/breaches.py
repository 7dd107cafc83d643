"""Breaches of a threshold: the decision that each forces, and what attaching one does to the incident."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.detection.breaches import Breach
from incidents.detection.thresholds import Threshold
from incidents.detection.verdicts import Verdict
from incidents.response.states import OPEN, UNDER_WAY, State
from tests.incidents.walk.story import RANKS, Story
from tests.incidents.walk.world import Attempt, World

LEVEL = "SEV2"  # of the threshold's version


@dataclass
class Question:
    decision: str = "none"
    incident: int | None = None
    due_at: datetime | None = None
    records: int = 0


@dataclass
class Breaches:
    story: Story
    threshold: Threshold
    rows: dict[int, Question] = field(default_factory=dict)

    def attempts(self, world: World, by: User) -> list[Attempt]:
        open_ones = [pk for pk, row in self.rows.items() if row.incident is None and row.decision in {"none", "hold"}]
        if not open_ones:
            self._detect(world)
        pk = world.pick(sorted(self.rows))
        row, found, case, now, words = self.rows[pk], Breach.objects.get(pk=pk), world.case, world.now, world.words()
        decides = by.can(Capability.TRIAGE) or (by.can(Capability.ANNOTATE) and by.pk == self.threshold.owner_id)
        may = decides and row.incident is None and row.decision in {"none", "hold"}
        until, verdict = now + timedelta(days=world.pick([1, 9])), world.pick(list(Verdict))
        has_words = bool(words.strip())
        return [
            Attempt(
                name=f"breach {pk}: intervene", act=lambda: found.intervene(by=by, now=now, incident=case), audits=1,
                may=may and self.story.state in OPEN and world.sees(by), kinds=("breach_attached", *self._wakes()),
                versions=len(self._wakes()), then=lambda: self._attached(row, case.pk),
            ),
            Attempt(
                name=f"breach {pk}: hold", act=lambda: found.hold(until=until, by=by, now=now, reason=words), audits=1,
                may=may and has_words and until <= now + timedelta(days=7),
                then=lambda: self._decided(row, "hold", due_at=until),
            ),
            Attempt(
                name=f"breach {pk}: dismiss", audits=1,
                act=lambda: found.dismiss(verdict=verdict, by=by, now=now, reason=words),
                may=may and has_words and verdict != Verdict.TRUE, then=lambda: self._decided(row, "dismiss"),
            ),
        ]  # fmt: skip

    def _wakes(self) -> tuple[str, ...]:
        """A breach brings its incident back to work, and to its own severity."""
        back = () if self.story.state in UNDER_WAY else ("reopened",)
        return (*back, "severity_raised") if RANKS[LEVEL] < RANKS[self.story.severity] else back

    def _attached(self, row: Question, incident: int) -> None:
        if self.story.state not in UNDER_WAY:
            self.story.state = State.TRIAGED
        if RANKS[LEVEL] < RANKS[self.story.severity]:
            self.story.severity = LEVEL
        row.incident = incident
        self._decided(row, "intervene")

    def _decided(self, row: Question, decision: str, *, due_at: datetime | None = None) -> None:
        row.decision, row.due_at, row.records = decision, due_at, row.records + 1

    def _detect(self, world: World) -> None:
        """The threshold is over its limit in another group."""
        version, due = self.threshold.version_at(world.now), world.now + timedelta(minutes=30)
        figures = {"bad": 9, "n": 100, "peak_bad": 9, "peak_n": 100}
        found = Breach.objects.create(
            threshold=self.threshold, version=version, group_key=f"group {len(self.rows)}", started_at=world.now,
            detected_at=world.now, decision_due_at=due, **figures,
        )  # fmt: skip
        self.rows[found.pk] = Question(due_at=due)

    def read(self, world: World) -> None:
        """The sweep counts what nobody decided in time, and asks again when a hold runs out."""
        for found in Breach.objects.decision_overdue(now=world.now).filter(pk__in=self.rows):
            found.note_unanswered(now=world.now)
        for found in Breach.objects.filter(pk__in=self.rows):
            row = self.rows[found.pk]
            row.decision, row.due_at, row.records = found.decision, found.decision_due_at, found.decisions.count()

    def check(self, world: World) -> None:
        for found in Breach.objects.filter(pk__in=self.rows):
            row = self.rows[found.pk]
            assert (found.decision, found.incident_id) == (row.decision, row.incident)
            assert (found.decision_due_at, found.decisions.count()) == (row.due_at, row.records)
