"""The incident itself: its states, its severity, its people, what is said of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from airp.accounts.models import User
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.clocks import ClockName
from incidents.response.gates import obstacles
from incidents.response.models import Incident
from incidents.response.people import IncidentRole
from incidents.response.states import ENDED, MOVES, UNDER_WAY, State, Verb
from incidents.response.telling import IncidentTime
from incidents.response.visibility import Visibility
from tests.incidents.answering import GRAVE, MILD, MODERATE, SERIOUS, answered, answers
from tests.incidents.walk.world import Attempt, World

RANKS = {"SEV1": 1, "SEV2": 2, "SEV3": 3, "SEV4": 4}
ROLES = (IncidentRole.LEGAL, IncidentRole.SCRIBE, IncidentRole.OBSERVER)
TAGS = (["mit:1.1"], ["mit:7.6", "owasp:LLM01"], [])
PAST_CONTAINING = {State.CONTAINED, State.RESOLVED, State.CLOSED}


@dataclass
class Story:
    """How the incident must stand. `satellites` tell what holds a move back."""

    state: State
    severity: str
    declared_by: int
    harm_kind: int | None = None
    lead: int | None = None
    is_acknowledged: bool = False
    was_triaged: bool = False
    visibility: str = Visibility.NORMAL
    version: int = 1
    roles: dict[str, int] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    title: str = ""
    started_at: datetime | None = None
    holders: list[Any] = field(default_factory=list)

    def attempts(self, world: World, by: User) -> list[Attempt]:
        return [
            *self._path(world, by),
            *self._ends(world, by),
            *self._severity(world, by),
            *self._people(world, by),
            *self._words(world, by),
            *self._facts(world, by),
        ]

    def may(self, verb: Verb, by: User, words: str = "x") -> bool:
        """By the table of moves: capability, state, reason."""
        move = MOVES[verb]
        return by.can(move.capability) and self.state in move.sources and bool(words.strip() or not move.demands_reason)

    def is_held(self, *befores: str) -> bool:
        return any(holder.holds(befores) for holder in self.holders)

    def _path(self, world: World, by: User) -> list[Attempt]:
        words, case, now = world.words(), world.case, world.now
        level = world.pick(list(RANKS))
        kind = world.pick(list(HarmKind.objects.exclude(slug="other")[:4]))
        is_lower = RANKS[level] > RANKS[self.severity]
        lowers = not is_lower or (by.can(MOVES[Verb.LOWER_SEVERITY].capability) and bool(words.strip()))

        def triaged() -> None:
            self.state, self.was_triaged, self.is_acknowledged = State.TRIAGED, True, True
            self.lead, self.severity = self.lead or by.pk, level
            if kind.pk != self.harm_kind:
                self.harm_kind, self.tags = kind.pk, sorted(kind.tags)

        return [
            Attempt(
                name="acknowledge", act=lambda: case.acknowledge(by=by, now=now), kinds=("acknowledged",), versions=1,
                may=self.may(Verb.ACKNOWLEDGE, by) and not self.is_acknowledged,
                then=lambda: setattr(self, "is_acknowledged", True),
            ),
            Attempt(
                name=f"triage as {level}", is_onward=True,
                kinds=("triaged",), versions=1, then=triaged,
                act=lambda: case.triage(severity=_level(level), harm_kind=kind, by=by, now=now, note=words),
                may=self.may(Verb.TRIAGE, by) and lowers,
            ),
            Attempt(
                name="contain", is_onward=True,
                act=lambda: case.contain(by=by, now=now, reason=words), versions=1,
                kinds=("contained",),
                may=self.may(Verb.CONTAIN, by, words) and not self.is_held("contained"), then=self._to(State.CONTAINED),
            ),
            Attempt(
                name="resolve", is_onward=True,
                act=lambda: case.resolve(by=by, now=now, reason=words), kinds=("resolved",), versions=1,
                may=self.may(Verb.RESOLVE, by, words) and not self.is_held("contained", "resolved"),
                then=self._to(State.RESOLVED),
            ),
        ]  # fmt: skip

    def _ends(self, world: World, by: User) -> list[Attempt]:
        words, case, now = world.words(), world.case, world.now
        # The review is another subject's own story, told by its own tests: its gate is asked, the others are predicted.
        reviewed = not [each for each in obstacles(case, Verb.CLOSE, by=by) if "review" in each.sentence]
        is_held = self.is_held("contained", "resolved", "closed", "lanes")

        def dismissed() -> None:
            self.state, self.is_acknowledged = State.DISMISSED, True

        def reopened() -> None:
            self.state, self.was_triaged = State.TRIAGED, True

        return [
            Attempt(
                name="close", is_onward=True,
                act=lambda: case.close(by=by, now=now), kinds=("closed",), versions=1,
                may=self.may(Verb.CLOSE, by) and reviewed and not is_held, then=self._to(State.CLOSED),
            ),
            Attempt(
                name="dismiss", act=lambda: case.dismiss(by=by, now=now, reason=words), versions=1,
                kinds=("dismissed",),
                may=self.may(Verb.DISMISS, by, words), then=dismissed,
            ),
            Attempt(
                name="reopen", act=lambda: case.reopen(by=by, now=now, reason=words), kinds=("reopened",), versions=1,
                may=self.may(Verb.REOPEN, by, words), then=reopened,
            ),
        ]  # fmt: skip

    def _severity(self, world: World, by: User) -> list[Attempt]:
        words, case, now = world.words(), world.case, world.now
        level = world.pick(list(RANKS))
        given = answered(answers(world.pick([GRAVE, MILD, MODERATE, SERIOUS])))
        computed = given.judgement.level
        step = RANKS[computed] - RANKS[self.severity]
        moved = {True: ("severity_raised",), False: ("severity_lowered",)}[step < 0] if step else ()
        may_lower = step <= 0 or by.can(MOVES[Verb.LOWER_SEVERITY].capability)
        return [
            Attempt(
                name=f"raise to {level}", kinds=("severity_raised",), versions=1, then=self._graded(level),
                act=lambda: case.raise_severity(to=_level(level), by=by, now=now, reason=words),
                may=self.may(Verb.RAISE_SEVERITY, by, words) and RANKS[level] < RANKS[self.severity],
            ),
            Attempt(
                name=f"lower to {level}", kinds=("severity_lowered",), versions=1, then=self._graded(level),
                act=lambda: case.lower_severity(to=_level(level), by=by, now=now, reason=words),
                may=self.may(Verb.LOWER_SEVERITY, by, words) and RANKS[level] > RANKS[self.severity],
            ),
            Attempt(
                name=f"assess as {computed}", act=lambda: case.assess(answered=given, by=by, now=now),
                may=self.may(Verb.ASSESS, by) and may_lower, kinds=("severity_assessed", *moved),
                versions=1 + len(moved), then=self._graded(computed),
            ),
        ]  # fmt: skip

    def _people(self, world: World, by: User) -> list[Attempt]:
        case, now, to, role = world.case, world.now, world.somebody(), world.pick(ROLES)
        can_work = bool(to.roles)
        return [
            Attempt(
                name=f"hand over to {to.name}", act=lambda: case.hand_over(to=to, by=by, now=now),
                may=self.may(Verb.HAND_OVER, by) and self.lead != to.pk and can_work, versions=1,
                kinds=("handed_over",),
                then=lambda: setattr(self, "lead", to.pk),
            ),
            Attempt(
                name="give up the lead", act=lambda: case.give_up_lead(by=by, now=now), versions=1,
                kinds=("handed_over",),
                may=self.may(Verb.HAND_OVER, by) and self.lead is not None, then=lambda: setattr(self, "lead", None),
            ),
            Attempt(
                name=f"{to.name} as {role}", act=lambda: case.assign_role(role=role, person=to, by=by, now=now),
                may=self.may(Verb.ASSIGN_ROLE, by) and can_work and self.roles.get(role) != to.pk,
                kinds=("role_assigned",), versions=1, then=lambda: self.roles.update({role: to.pk}),
            ),
            Attempt(
                name=f"nobody as {role}", act=lambda: case.end_role(role=role, by=by, now=now), kinds=("role_ended",),
                may=self.may(Verb.ASSIGN_ROLE, by) and role in self.roles, versions=1,
                then=lambda: self.roles.pop(role) and None,
            ),
        ]  # fmt: skip

    def _words(self, world: World, by: User) -> list[Attempt]:
        words, case, now = world.words(), world.case, world.now
        title, is_stale = world.pick([self.title, f"Title {world.now}"]), world.pick([True, False, False])
        seen = self.version - 1 if is_stale else self.version
        return [
            Attempt(
                name="note", act=lambda: case.add_note(text=words, by=by, now=now), kinds=("note_added",),
                may=self.may(Verb.ADD_NOTE, by) and bool(words.strip()),
            ),
            Attempt(
                name="update", act=lambda: case.post_update(text=words, by=by, now=now), kinds=("update_posted",),
                may=self.may(Verb.POST_UPDATE, by) and bool(words.strip()), versions=1,
            ),
            Attempt(
                name=f"reword, seen {seen}", kinds=("details_edited",), versions=1,
                act=lambda: case.edit_details(title=title, summary=case.summary, by=by, now=now, expected=seen),
                may=self.may(Verb.EDIT_DETAILS, by) and not is_stale and title != self.title,
                then=lambda: setattr(self, "title", title),
            ),
        ]  # fmt: skip

    def _facts(self, world: World, by: User) -> list[Attempt]:
        words, case, now = world.words(), world.case, world.now
        tags, to = world.pick(TAGS), world.pick(list(Visibility))
        kind = world.pick(list(HarmKind.objects.exclude(slug="other")[:4]))
        earlier = case.declared_at - timedelta(minutes=world.dice.randint(1, 3))
        shuts_out = to == Visibility.RESTRICTED and by.pk not in {self.lead, self.declared_by, *self.roles.values()}
        observed = shuts_out and IncidentRole.OBSERVER in self.roles

        def seen_by() -> None:
            self.visibility = to
            if shuts_out:
                self.roles[IncidentRole.OBSERVER] = by.pk

        def kind_changed() -> None:
            self.harm_kind, self.tags = kind.pk, sorted(kind.tags)

        return [
            Attempt(
                name=f"tags {tags}", act=lambda: case.correct_tags(to=tags, by=by, now=now), kinds=("tags_corrected",),
                may=self.may(Verb.CORRECT_TAGS, by) and sorted(tags) != self.tags, versions=1,
                then=lambda: setattr(self, "tags", sorted(tags)),
            ),
            Attempt(
                name=f"kind {kind.slug}", kinds=("harm_kind_changed",), versions=1, then=kind_changed,
                act=lambda: case.change_harm_kind(to=kind, by=by, now=now, reason=words),
                may=self.may(Verb.CHANGE_HARM_KIND, by, words) and kind.pk != self.harm_kind,
            ),
            Attempt(
                name=f"started {earlier:%H:%M}", kinds=("time_corrected",), versions=1,
                act=lambda: case.correct_time(which=IncidentTime.STARTED, to=earlier, by=by, now=now, reason=words),
                may=self.may(Verb.CORRECT_TIME, by, words) and earlier != self.started_at,
                then=lambda: setattr(self, "started_at", earlier),
            ),
            Attempt(
                name=f"visible: {to}", act=lambda: case.set_visibility(to=to, by=by, now=now, reason=words),
                may=self.may(Verb.SET_VISIBILITY, by, words) and self.visibility != to and not observed,
                kinds=("visibility_changed",), versions=1, then=seen_by,
            ),
        ]  # fmt: skip

    def _to(self, state: State) -> Any:
        return lambda: setattr(self, "state", state)

    def _graded(self, slug: str) -> Any:
        return lambda: setattr(self, "severity", slug)

    def read(self, world: World) -> None:
        """No worker moves the incident but the breach of a threshold, which says so itself."""

    def check(self, world: World) -> None:
        case = world.case
        assert (case.state, case.severity.slug, case.visibility) == (self.state, self.severity, self.visibility)
        assert (case.lead_id, case.harm_kind_id, case.title) == (self.lead, self.harm_kind, self.title)
        assert (sorted(case.tags), case.version) == (self.tags, self.version)
        assert dict(case.roles.values_list("role", "person")) == self.roles
        assert (case.acknowledged_at is not None, case.triaged_at is not None) == (
            self.is_acknowledged,
            self.was_triaged,
        )
        assert (case.contained_at is not None) == (self.state in PAST_CONTAINING)
        assert (case.resolved_at is not None) == (self.state in {State.RESOLVED, State.CLOSED})
        assert (case.closed_at is not None) == (self.state in ENDED)
        assert (case.next_clock, case.next_due_at) == next_clock(case)


def next_clock(case: Incident) -> tuple[str, datetime | None]:
    """The promise that runs out first, by the rule in words: none once the harm is put right."""
    promises = {
        ClockName.ACKNOWLEDGE: None if case.acknowledged_at else case.acknowledge_due_at,
        ClockName.CONTAIN: None if case.contained_at else case.contain_due_at,
        ClockName.NEXT_UPDATE: case.next_update_due_at,
        ClockName.REASSESS: case.reassess_due_at,
    }
    running = sorted((due, name.value) for name, due in promises.items() if due is not None)
    if State(case.state) not in UNDER_WAY or not running:
        return "", None
    return running[0][1], running[0][0]


def _level(slug: str) -> SeverityLevel:
    return SeverityLevel.objects.get(slug=slug)
