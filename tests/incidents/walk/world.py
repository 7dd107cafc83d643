"""One incident, everything that hangs on it, and people who try things: what is tried, and what must come of it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from airp.accounts.models import User
from incidents.response.models import Incident
from incidents.response.visibility import Visibility
from tests import factories

START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LONGEST_STEP_MINUTES = 40


def nothing() -> None:
    """What is remembered of a verb that changes nothing one needs to remember."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One verb that somebody tries: whether it must be taken, which entries follow, and what it makes of the model."""

    name: str
    act: Callable[[], object]
    may: bool
    # Entries of the timeline, in their order; None where the verb says how many itself
    kinds: tuple[str, ...] = ()
    audits: int = 0
    versions: int = 0
    then: Callable[[], None] = nothing
    # Brings the incident nearer to its end: dice alone would seldom get past triage
    is_onward: bool = False


class Subject(Protocol):
    """A sort of thing with verbs. It remembers how each must stand, and never looks it up to predict."""

    def attempts(self, world: "World", by: User) -> list[Attempt]:
        """Everything that this person might try with one of these things now."""

    def read(self, world: "World") -> None:
        """Take in what consequences made or moved: they are drawn by workers, not by these people."""

    def check(self, world: "World") -> None:
        """Things stand as they are remembered."""


@dataclass
class World:
    """The place of one walk. `dice` decide everything, so that a walk can be walked again."""

    dice: random.Random
    people: dict[str, User]
    incident_id: int = 0
    now: datetime = START
    subjects: list[Subject] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)

    @property
    def case(self) -> Incident:
        """The incident as somebody opens it now."""
        return Incident.objects.select_related("system", "harm_kind", "severity").get(pk=self.incident_id)

    def pick[T](self, options: Sequence[T]) -> T:
        return self.dice.choice(options)

    def somebody(self) -> User:
        return self.pick(list(self.people.values()))

    def words(self) -> str:
        """What people write; now and then nothing."""
        return self.pick(["Because.", "It is so.", "Seen twice.", "  "])

    def wait(self) -> None:
        self.now += timedelta(minutes=self.dice.randint(0, LONGEST_STEP_MINUTES))

    def sees(self, person: User) -> bool:
        """Whether the incident exists for somebody, by the rule in words."""
        if not person.roles:
            return False
        story: Any = self.subjects[0]
        inside = {story.lead, story.declared_by, *story.roles.values()}
        return story.visibility == Visibility.NORMAL or person.pk in inside


def cast() -> dict[str, User]:
    return {name: factories.person(name) for name in factories.CAST}
