"""Sign-offs and decisions: exact words, whoever may answer, and what is taken back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.coordination.asking import Wanted, ask, due_sign_offs, remind_of_sign_off
from incidents.coordination.decision import Decision
from incidents.coordination.decision_states import DecisionState
from incidents.coordination.recording import Made, record_decision
from incidents.coordination.sign_off import SignOff
from incidents.coordination.sign_off_states import SIGN_OFF_MOVES, SignOffState, SignOffVerb, Silence
from incidents.response.states import OPEN
from tests.incidents.walk.story import Story
from tests.incidents.walk.world import Attempt, World

TEXTS = ("We are sorry.", "We regret it.", "  ")


@dataclass
class Paper:
    """A sign-off as it must stand."""

    state: str
    asked_by: int
    written_by: int
    role: str
    text: str
    due_at: datetime
    silence: str
    is_unanswered: bool = False


@dataclass
class SignOffs:
    story: Story
    rows: dict[int, Paper] = field(default_factory=dict)

    def attempts(self, world: World, by: User) -> list[Attempt]:
        asked = self._asking(world, by)
        return [*asked, *self._answers(world.pick(sorted(self.rows)), world, by)] if self.rows else asked

    def _asking(self, world: World, by: User) -> list[Attempt]:
        text, now, case, role = world.pick(TEXTS), world.now, world.case, world.pick([Role.LEGAL, Role.EDITORIAL])
        due, silence = now + timedelta(minutes=world.pick([0, 30, 600])), world.pick(list(Silence))
        wanted = Wanted(title="Notice", content=text, why_now="w", due_at=due, role=role, silence=silence)
        may = by.can(Capability.ANNOTATE) and self.story.state in OPEN and bool(text.strip()) and due > now
        made: list[SignOff] = []

        def asked() -> None:
            self.rows[made[0].pk] = Paper(SignOffState.ASKED, by.pk, by.pk, role, text, due, silence)

        return [
            Attempt(
                name=f"ask {role}", act=lambda: made.append(ask(case, wanted, by=by, now=now)), may=may,
                kinds=("sign_off_asked",), then=asked,
            )
        ]  # fmt: skip

    def _answers(self, pk: int, world: World, by: User) -> list[Attempt]:
        row, paper, now, words = self.rows[pk], SignOff.objects.get(pk=pk), world.now, world.words()
        text, seen = world.pick(TEXTS), world.pick([paper.digest, paper.digest, "0" * 64])
        due = now + timedelta(hours=1)
        stands_in = row.silence == Silence.MANAGER and row.is_unanswered and by.has_role(Role.MANAGER)
        answers = (by.has_role(Role(row.role)) or stands_in) and by.pk not in {row.asked_by, row.written_by}
        owns = by.pk in {row.asked_by, self.story.lead} or by.has_role(Role.MANAGER)

        def may(verb: SignOffVerb, allowed: bool) -> bool:  # noqa: FBT001 - one fact of two
            is_possible = self.story.state in OPEN and row.state in SIGN_OFF_MOVES[verb].sources
            return by.can(Capability.ANNOTATE) and allowed and is_possible

        def revised() -> None:
            row.state, row.text, row.written_by, row.due_at = SignOffState.ASKED, text, by.pk, due
            row.is_unanswered = False

        was_approved = row.state == SignOffState.APPROVED
        return [
            Attempt(
                name=f"{pk}: approve", act=lambda: paper.approve(seen=seen, by=by, now=now),
                kinds=("sign_off_approved",),
                may=may(SignOffVerb.APPROVE, answers) and seen == paper.digest, then=_to(row, SignOffState.APPROVED),
            ),
            Attempt(
                name=f"{pk}: return", act=lambda: paper.return_with_note(note=words, by=by, now=now),
                may=may(SignOffVerb.RETURN, answers) and bool(words.strip()), kinds=("sign_off_returned",),
                then=_to(row, SignOffState.RETURNED),
            ),
            Attempt(
                name=f"{pk}: revise", act=lambda: paper.revise(content=text, by=by, now=now, due_at=due), then=revised,
                may=may(SignOffVerb.REVISE, owns) and bool(text.strip()) and text != row.text,
                kinds=("sign_off_voided" if was_approved else "sign_off_revised",),
            ),
            Attempt(
                name=f"{pk}: withdraw", act=lambda: paper.withdraw(reason=words, by=by, now=now),
                may=may(SignOffVerb.WITHDRAW, owns) and bool(words.strip()), kinds=("sign_off_withdrawn",),
                then=_to(row, SignOffState.WITHDRAWN),
            ),
        ]  # fmt: skip

    def read(self, world: World) -> None:
        """The sweep says what silence means."""
        for pk in due_sign_offs(now=world.now, most=20):
            remind_of_sign_off(pk, now=world.now)
        for paper in SignOff.objects.filter(pk__in=self.rows):
            self.rows[paper.pk].is_unanswered = paper.unanswered_at is not None

    def check(self, world: World) -> None:
        for paper in SignOff.objects.filter(pk__in=self.rows):
            row = self.rows[paper.pk]
            assert (paper.state, paper.written_by_id, paper.due_at) == (row.state, row.written_by, row.due_at)
            assert (paper.approved_digest == paper.digest) == (row.state == SignOffState.APPROVED or _was(paper))
            assert paper.versions.order_by("-number")[0].content == row.text.strip()


def _was(paper: SignOff) -> bool:
    """Withdrawn after it was approved: what was approved stays readable."""
    return paper.state == SignOffState.WITHDRAWN and bool(paper.approved_digest)


@dataclass
class Choice:
    """A decision as it must stand."""

    decider: int
    reversible_until: datetime | None
    state: str = DecisionState.STANDS
    dissenters: set[int] = field(default_factory=set)


@dataclass
class Decisions:
    story: Story
    rows: dict[int, Choice] = field(default_factory=dict)

    def attempts(self, world: World, by: User) -> list[Attempt]:
        made = self._making(world, by)
        return [*made, *self._after(world.pick(sorted(self.rows)), world, by)] if self.rows else made

    def _making(self, world: World, by: User) -> list[Attempt]:
        reasons, now, case, decider = world.words(), world.now, world.case, world.somebody()
        until = world.pick([None, now + timedelta(hours=1)])
        said = Made(
            question="Tell?", options=["Yes", "No"], chosen="Yes", reasons=reasons, decider=decider,
            reversible_until=until,
        )  # fmt: skip
        made: list[Decision] = []
        is_possible = self.story.state in OPEN and bool(reasons.strip()) and world.sees(decider)
        return [
            Attempt(
                name="decide", act=lambda: made.append(record_decision(case, said, by=by, now=now)),
                may=by.can(Capability.ANNOTATE) and is_possible, kinds=("decision_recorded",),
                then=lambda: self.rows.update({made[0].pk: Choice(decider.pk, until)}),
            )
        ]  # fmt: skip

    def _after(self, pk: int, world: World, by: User) -> list[Attempt]:
        row, found, now, words = self.rows[pk], Decision.objects.get(pk=pk), world.now, world.words()
        is_possible = self.story.state in OPEN and row.state == DecisionState.STANDS and bool(words.strip())
        writes = by.can(Capability.ANNOTATE) and is_possible
        owns = writes and (by.pk in {row.decider, self.story.lead} or by.has_role(Role.MANAGER))
        is_in_time = row.reversible_until is None or now <= row.reversible_until
        return [
            Attempt(
                name=f"{pk}: dissent", act=lambda: found.dissent(why=words, by=by, now=now),
                kinds=("decision_dissented",),
                may=writes and by.pk != row.decider and by.pk not in row.dissenters,
                then=lambda: row.dissenters.add(by.pk),
            ),
            Attempt(
                name=f"{pk}: confirm", act=lambda: found.confirm(note=words, by=by, now=now), may=owns,
                kinds=("decision_confirmed",),
            ),
            Attempt(
                name=f"{pk}: reverse", act=lambda: found.reverse(reason=words, by=by, now=now), may=owns and is_in_time,
                kinds=("decision_reversed",), then=_to(row, DecisionState.REVERSED),
            ),
        ]  # fmt: skip

    def read(self, world: World) -> None:
        """Nothing moves a decision but people."""

    def check(self, world: World) -> None:
        for found in Decision.objects.filter(pk__in=self.rows):
            row = self.rows[found.pk]
            assert found.state == row.state
            assert set(found.dissents.values_list("person", flat=True)) == row.dissenters


def _to(row: Paper | Choice, state: str) -> Any:
    return lambda: setattr(row, "state", state)
