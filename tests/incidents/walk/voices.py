"""Complaints and reports: where they belong, what they lead to, and who read them as they came."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from airp.accounts.models import User
from incidents.complaints.complaint import Complaint
from incidents.complaints.states import MOVES as COMPLAINT_MOVES
from incidents.complaints.states import CloseReason
from incidents.complaints.states import State as ComplaintState
from incidents.complaints.states import Verb as ComplaintVerb
from incidents.reports.report import Report
from incidents.reports.states import MOVES as REPORT_MOVES
from incidents.reports.states import State as ReportState
from incidents.reports.states import Verb as ReportVerb
from incidents.triage.reasons import DeclineReason
from tests.incidents.walk.world import Attempt, World


@dataclass
class Voice:
    state: str = "new"
    incident: int | None = None
    entries: int = 0
    category: str = ""


@dataclass
class Complaints:
    rows: dict[int, Voice] = field(default_factory=dict)

    def attempts(self, world: World, by: User) -> list[Attempt]:
        pk = world.pick(sorted(self.rows))
        return [*self._places(pk, world, by), *self._ends(pk, world, by), *self._readings(pk, world, by)]

    def _places(self, pk: int, world: World, by: User) -> list[Attempt]:
        row, found, case, now, words = self.rows[pk], Complaint.objects.get(pk=pk), world.case, world.now, world.words()
        may_attach = self._may(ComplaintVerb.ATTACH, row, by) and row.incident is None and world.sees(by)
        return [
            Attempt(
                name=f"complaint {pk}: attach", act=lambda: found.attach_to_incident(case, by=by, now=now),
                may=may_attach, kinds=("complaint_attached",), audits=1, then=_step(row, "attached", incident=case.pk),
            ),
            Attempt(
                name=f"complaint {pk}: detach", act=lambda: found.detach(by=by, now=now, reason=words), audits=1,
                may=self._may(ComplaintVerb.DETACH, row, by, words),
                kinds=("complaint_detached",) if row.incident else (),
                then=_step(row, "new", incident=None),
            ),
        ]  # fmt: skip

    def _ends(self, pk: int, world: World, by: User) -> list[Attempt]:
        row, found, now, words = self.rows[pk], Complaint.objects.get(pk=pk), world.now, world.words()
        why = world.pick(list(CloseReason))
        back = "attached" if row.incident else "new"
        return [
            Attempt(
                name=f"complaint {pk}: answer", act=lambda: found.answer_with(text=words, by=by, now=now), audits=1,
                may=self._may(ComplaintVerb.ANSWER, row, by, words), then=_step(row, "answered"),
            ),
            Attempt(
                name=f"complaint {pk}: close", act=lambda: found.close(why=why, by=by, now=now, reason=words), audits=1,
                may=self._may(ComplaintVerb.CLOSE, row, by, words), then=_step(row, "closed"),
            ),
            Attempt(
                name=f"complaint {pk}: reopen", act=lambda: found.reopen(by=by, now=now, reason=words), audits=1,
                may=self._may(ComplaintVerb.REOPEN, row, by, words), then=_step(row, back),
            ),
        ]  # fmt: skip

    def _readings(self, pk: int, world: World, by: User) -> list[Attempt]:
        row, found, now, words = self.rows[pk], Complaint.objects.get(pk=pk), world.now, world.words()
        category = world.pick(["refund", "tone"])
        return [
            Attempt(
                name=f"complaint {pk}: {category}", audits=1,
                act=lambda: found.classify(category=category, harm_kind=None, by=by, now=now),
                may=self._may(ComplaintVerb.CLASSIFY, row, by) and category != row.category,
                then=_step(row, category=category),
            ),
            Attempt(
                name=f"complaint {pk}: reveal", act=lambda: found.reveal(by=by, now=now, reason=words), audits=1,
                may=self._may(ComplaintVerb.REVEAL, row, by, words), then=_step(row),
            ),
            Attempt(
                name=f"complaint {pk}: code", act=lambda: found.issue_code(by=by, now=now), audits=1,
                may=self._may(ComplaintVerb.ISSUE_CODE, row, by), then=_step(row),
            ),
        ]  # fmt: skip

    def _may(self, verb: ComplaintVerb, row: Voice, by: User, words: str = "x") -> bool:
        move = COMPLAINT_MOVES[verb]
        return by.can(move.capability) and ComplaintState(row.state) in move.sources and bool(words.strip())

    def read(self, world: World) -> None:
        """Nothing moves a complaint but people."""

    def check(self, world: World) -> None:
        for found in Complaint.objects.filter(pk__in=self.rows):
            row = self.rows[found.pk]
            assert (found.state, found.incident_id, found.category) == (row.state, row.incident, row.category)
            assert found.entries.count() == row.entries


@dataclass
class Reports:
    rows: dict[int, Voice] = field(default_factory=dict)

    def attempts(self, world: World, by: User) -> list[Attempt]:
        pk = world.pick(sorted(self.rows))
        row, found, case, now, words = self.rows[pk], Report.objects.get(pk=pk), world.case, world.now, world.words()
        until, why = now + timedelta(days=world.pick([1, 9])), world.pick(list(DeclineReason))
        is_elsewhere = row.incident is None and world.sees(by)
        return [
            Attempt(
                name=f"report {pk}: attach", act=lambda: found.attach_to(case, by=by, now=now), audits=1,
                may=self._may(ReportVerb.ATTACH, row, by) and is_elsewhere, kinds=("report_attached",),
                then=_step(row, "attached", incident=case.pk),
            ),
            Attempt(
                name=f"report {pk}: decline", act=lambda: found.decline(why=why, by=by, now=now), audits=1,
                may=self._may(ReportVerb.DECLINE, row, by), then=_step(row, "declined"),
            ),
            Attempt(
                name=f"report {pk}: put off", act=lambda: found.snooze(until=until, by=by, now=now), audits=1,
                may=self._may(ReportVerb.SNOOZE, row, by) and until <= now + timedelta(days=7), then=_step(row),
            ),
            Attempt(
                name=f"report {pk}: reopen", act=lambda: found.reopen(by=by, now=now, reason=words), audits=1,
                may=self._may(ReportVerb.REOPEN, row, by, words), then=_step(row, "new"),
            ),
            Attempt(
                name=f"report {pk}: reveal", act=lambda: found.reveal(by=by, now=now, reason=words), audits=1,
                may=self._may(ReportVerb.REVEAL, row, by, words), then=_step(row),
            ),
        ]  # fmt: skip

    def _may(self, verb: ReportVerb, row: Voice, by: User, words: str = "x") -> bool:
        move = REPORT_MOVES[verb]
        return by.can(move.capability) and ReportState(row.state) in move.sources and bool(words.strip())

    def read(self, world: World) -> None:
        """Nothing moves a report but people."""

    def check(self, world: World) -> None:
        for found in Report.objects.filter(pk__in=self.rows):
            row = self.rows[found.pk]
            assert (found.state, found.incident_id, found.entries.count()) == (row.state, row.incident, row.entries)


def _step(row: Voice, state: str = "", **changes: Any) -> Any:
    """Every verb of a voice leaves one entry of its own."""

    def taken() -> None:
        row.state, row.entries = state or row.state, row.entries + 1
        for name, value in changes.items():
            setattr(row, name, value)

    return taken
