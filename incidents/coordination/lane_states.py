"""The states of a lane in an incident and the one table of moves: what is possible from where, and what it demands."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class LaneState(models.TextChoices):
    """Waiting for somebody else and not having begun are different things, so they look different."""

    NOT_ENGAGED = "not_engaged", _("Not engaged")
    ENGAGED = "engaged", _("Engaged")
    WAITING = "waiting", _("Waiting")
    SETTLED = "settled", _("Settled")
    NOT_NEEDED = "not_needed", _("Not needed")


AT_WORK = frozenset({LaneState.ENGAGED, LaneState.WAITING})
ENDED = frozenset({LaneState.SETTLED, LaneState.NOT_NEEDED})
UNSETTLED = frozenset(LaneState) - ENDED
TONES: dict[str, str] = {
    LaneState.NOT_ENGAGED: "info",
    LaneState.ENGAGED: "low",
    LaneState.WAITING: "moderate",
    LaneState.SETTLED: "good",
    LaneState.NOT_NEEDED: "info",
}


class LaneVerb(StrEnum):
    ENGAGE = "engage"
    NAME_LEAD = "name_lead"
    WAIT = "wait"
    RESUME = "resume"
    SETTLE = "settle"
    NOT_NEEDED = "not_needed"
    REOPEN = "reopen"


class Who(StrEnum):
    """Who may take a move, beyond the right to write in incidents."""

    OF_THE_LANE = "of_the_lane"  # the lane's role, the lane's lead, or whoever leads the incident
    RESPONSIBLE = "responsible"  # whoever leads the incident, or a manager


@dataclass(frozen=True, slots=True)
class LaneMove:
    """From where a verb is possible, where it leads (None: nowhere), who may and what words it demands."""

    sources: frozenset[LaneState]
    to: LaneState | None
    who: Who = Who.OF_THE_LANE
    demands: str | Promise = ""


LANE_MOVES: dict[LaneVerb, LaneMove] = {
    LaneVerb.ENGAGE: LaneMove(frozenset({LaneState.NOT_ENGAGED}), LaneState.ENGAGED),
    LaneVerb.NAME_LEAD: LaneMove(AT_WORK, None),
    # What it waits for may change while it waits.
    LaneVerb.WAIT: LaneMove(AT_WORK, LaneState.WAITING, demands=_("what the lane waits for")),
    LaneVerb.RESUME: LaneMove(frozenset({LaneState.WAITING}), LaneState.ENGAGED),
    LaneVerb.SETTLE: LaneMove(
        frozenset({LaneState.ENGAGED}), LaneState.SETTLED, demands=_("what the lane found or decided")
    ),
    LaneVerb.NOT_NEEDED: LaneMove(
        UNSETTLED, LaneState.NOT_NEEDED, Who.RESPONSIBLE, _("why this incident does not need the lane")
    ),
    # Leads to engaged where the lane has a lead.
    LaneVerb.REOPEN: LaneMove(ENDED, LaneState.NOT_ENGAGED, demands=_("what came up that the lane must look at")),
}
