"""The verbs of a lane as a person meets them: a noun address, a form, and what the form does.

Whether a step is offered is read from the table of moves; the verbs themselves decide.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.coordination import lane_forms as forms
from incidents.coordination.authority import may_take
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_states import LANE_MOVES, LaneState, LaneVerb
from incidents.response.lanes import Lane
from incidents.response.steps import Cleaned, Step


@dataclass(frozen=True, slots=True)
class LaneStep(Step[LaneVerb, IncidentLane]):
    """One small form of a lane."""

    @property
    def name(self) -> str:
        return f"lane_{self.path}"

    def is_open_to(self, person: User, lane: IncidentLane) -> bool:
        """Whether the table of moves lets this person take the step now. A lane without a row can only be engaged."""
        move = LANE_MOVES[self.verb]
        is_possible = lane.incident.is_open and LaneState(lane.state) in move.sources
        if not is_possible or (not lane.is_there and self.verb is not LaneVerb.ENGAGE):
            return False
        return may_take(move, person, lane.incident, lane=lane.lane, lead_id=lane.lead_id)


def _wait(lane: IncidentLane, cleaned: Cleaned, by: User, now: datetime) -> object:
    other = Lane(cleaned["from_lane"]) if cleaned["from_lane"] else None
    return lane.wait(what=cleaned["what"], lane=other, person=cleaned["from_person"], by=by, now=now)


STEPS: dict[LaneVerb, LaneStep] = {
    step.verb: step
    for step in (
        LaneStep(
            LaneVerb.ENGAGE, "engagement", forms.EngageForm,
            lambda lane, cleaned, by, now: lane.engage(lead=cleaned["lead"], note=cleaned["note"], by=by, now=now),
            _("Engage the lane"), _("Engage"), _("engaged"),
        ),
        LaneStep(
            LaneVerb.SETTLE, "settlement", forms.SettleForm,
            lambda lane, cleaned, by, now: lane.settle(outcome=cleaned["outcome"], by=by, now=now),
            _("Settle"), _("Settle the lane"), _("settled"),
        ),
        LaneStep(
            LaneVerb.RESUME, "resumption", forms.ResumeForm,
            lambda lane, cleaned, by, now: lane.resume(note=cleaned["note"], by=by, now=now),
            _("Go on"), _("Go on"), _("goes on"),
        ),
        LaneStep(
            LaneVerb.WAIT, "waiting", forms.WaitForm, _wait,
            _("Wait for something"), _("The lane waits"), _("waits"),
        ),
        LaneStep(
            LaneVerb.NAME_LEAD, "lead", forms.LeadForm,
            lambda lane, cleaned, by, now: lane.name_lead(to=cleaned["lead"], note=cleaned["note"], by=by, now=now),
            _("Another lead"), _("Name the lead"), _("has another lead"),
        ),
        LaneStep(
            LaneVerb.NOT_NEEDED, "omission", forms.NotNeededForm,
            lambda lane, cleaned, by, now: lane.mark_not_needed(reason=cleaned["reason"], by=by, now=now),
            _("Not needed"), _("It is not needed"), _("not needed"),
        ),
        LaneStep(
            LaneVerb.REOPEN, "reopening", forms.ReopenForm,
            lambda lane, cleaned, by, now: lane.reopen(reason=cleaned["reason"], by=by, now=now),
            _("Open it again"), _("Open it again"), _("open again"),
        ),
    )
}  # fmt: skip
BY_PATH = {step.path: step for step in STEPS.values()}
