"""Who is on call when, computed. Pure rules: no database, no clock.

A plan is what was arranged for one rota. It answers one question, `at(moment)`; stretches, gaps and shifts are that
same answer asked at every moment where it may change, so no two pages can disagree.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


class Cause(StrEnum):
    """Why it is this person, or nobody."""

    TURN = "turn"
    OVERRIDE = "override"
    # Nobody is on call:
    NOT_BEGUN = "not_begun"
    EMPTY_TURN = "empty_turn"
    DECLARED_GAP = "declared_gap"
    PERSON_LEFT = "person_left"


@dataclass(frozen=True, slots=True)
class Rotation:
    """The order of people from one moment on: a week each, handed over on a weekday at a local time.

    A seat that holds None is a week without anybody. The first turn begins at `begins_at` and lasts until the
    first handover; `begins_at` is itself a handover unless the rota began in the middle of a week.
    """

    pk: int
    begins_at: datetime
    zone: ZoneInfo
    weekday: int
    handover: time
    seats: tuple[int | None, ...]

    def turn_at(self, moment: datetime) -> int | None:
        """Whose turn it is. Call only for moments from `begins_at` on."""
        return self.seats[self._week_of(moment) % len(self.seats)] if self.seats else None

    def handovers(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """The handovers after `since` and before `until`."""
        week = max(self._week_of(max(since, self.begins_at)), 0) + 1
        while (at := self._handover(week)) < until:
            yield at
            week += 1

    def _week_of(self, moment: datetime) -> int:
        """How many handovers lie between the beginning and the moment."""
        days = (moment.astimezone(self.zone).date() - self._first_date).days
        week = days // 7
        if self._handover(week + 1) <= moment:
            return week + 1
        return week if self._handover(week) <= moment else week - 1

    def _handover(self, week: int) -> datetime:
        """The moment of a handover. A local time that does not exist moves on, one that exists twice is the first."""
        local = datetime.combine(self._first_date + week * WEEK, self.handover, tzinfo=self.zone)
        return local.astimezone(UTC)

    @property
    def _first_date(self) -> date:
        """The day of the last handover at or before the beginning."""
        local = self.begins_at.astimezone(self.zone)
        first = local.date() - timedelta(days=(local.weekday() - self.weekday) % 7)
        at = datetime.combine(first, self.handover, tzinfo=self.zone).astimezone(UTC)
        return first if at <= self.begins_at else first - WEEK


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody, or with None nobody, takes a span in place of whose turn it is. The later arranged one wins."""

    pk: int
    starts_at: datetime
    ends_at: datetime
    person: int | None

    def covers(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is on call at one moment; `person` None is nobody, and `cause` says why."""

    person: int | None
    cause: Cause
    override: int | None = None
    absent: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time during which the answer stays the same."""

    start: datetime
    end: datetime
    answer: Answer


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything arranged for a rota. `able` are the people who can be called today; others leave a gap."""

    rotations: tuple[Rotation, ...]
    overrides: tuple[Override, ...]
    able: frozenset[int]

    def at(self, moment: datetime) -> Answer:
        """The one answer to "who is on call?"."""
        covering = [override for override in self.overrides if override.covers(moment)]
        if covering:
            chosen = max(covering, key=lambda override: override.pk)
            cause = Cause.OVERRIDE if chosen.person is not None else Cause.DECLARED_GAP
            return self._present(Answer(chosen.person, cause, override=chosen.pk))
        rotation = self._rotation_at(moment)
        if rotation is None:
            return Answer(None, Cause.NOT_BEGUN)
        person = rotation.turn_at(moment)
        return self._present(Answer(person, Cause.TURN if person is not None else Cause.EMPTY_TURN))

    def stretches(self, since: datetime, until: datetime) -> list[Stretch]:
        """The span cut where the answer changes, without holes: nobody on call is a stretch too."""
        edges = [since, *self._changes(since, until), until]
        found: list[Stretch] = []
        for start, end in zip(edges, edges[1:], strict=False):
            answer = self.at(start)
            if found and found[-1].answer == answer:
                found[-1] = Stretch(found[-1].start, end, answer)
            else:
                found.append(Stretch(start, end, answer))
        return found

    def _changes(self, since: datetime, until: datetime) -> list[datetime]:
        """Every moment inside the span at which the answer may change."""
        moments = {moment for each in self.overrides for moment in (each.starts_at, each.ends_at)}
        ends = [rotation.begins_at for rotation in self.rotations[1:]] + [until]
        for rotation, end in zip(self.rotations, ends, strict=False):
            moments.add(rotation.begins_at)
            moments.update(rotation.handovers(since, min(end, until)))
        return sorted(moment for moment in moments if since < moment < until)

    def _rotation_at(self, moment: datetime) -> Rotation | None:
        place = bisect_right(self.rotations, moment, key=lambda rotation: rotation.begins_at)
        return self.rotations[place - 1] if place else None

    def _present(self, answer: Answer) -> Answer:
        """Somebody who left, or lost the role, answers nobody's call: a gap, not a person."""
        if answer.person is None or answer.person in self.able:
            return answer
        return Answer(None, Cause.PERSON_LEFT, override=answer.override, absent=answer.person)
