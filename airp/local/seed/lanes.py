"""Who was in the room in the stories of the last months, and the live incident with its lanes in different states."""

from datetime import datetime, timedelta

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.local.seed.people import People
from airp.local.seed.tasks import LANES
from incidents.coordination.asking import Wanted, ask
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_states import LaneState
from incidents.coordination.needing import require
from incidents.coordination.recording import Made, record_decision
from incidents.coordination.sign_off_states import Silence
from incidents.response.lanes import Lane
from incidents.response.models import Incident

# Rules for lanes are that old; incidents before them had none.
DAYS_OF_LANES = 75
MINUTE = timedelta(minutes=1)
IN_TIME, LATE = 0.5, 1.4
OUTCOMES = {
    "technical": "The cause is known and put right; watched since.",
    "legal": "No duty to report. Whoever relied on it is treated as promised.",
    "policy": "Within our rules for assisted answers. Nothing to change.",
    "editorial": "Corrected where it was published, with a note to readers.",
    "communications": "Whoever was concerned has been told.",
}


class LanesTold:
    """The lanes of one past incident: engaged in time but for one, and settled before it was closed."""

    def __init__(self, incident: Incident, people: People, *, is_recent: bool) -> None:
        self.incident = incident
        self.people = people
        self.is_told = is_recent and not incident.is_restricted

    def begin(self, *, now: datetime) -> None:
        """Everybody but legal came in half of the time; legal came late."""
        if not self.is_told:
            return
        require(self.incident, since=now, now=now)
        for lane in IncidentLane.objects.filter(incident=self.incident, due_at__isnull=False).order_by("due_at"):
            share, doer = LATE if lane.lane == Lane.LEGAL else IN_TIME, self._doer(lane)
            promised = (lane.due_at or now) - lane.needed_at
            lane.engage(lead=doer, by=doer, now=now + promised * share)

    def settle(self, *, now: datetime) -> None:
        """In the usual order, which is also the order of the gates."""
        for name in Lane:
            for lane in IncidentLane.objects.filter(incident=self.incident, lane=name, state=LaneState.ENGAGED):
                doer = self._doer(lane)
                lane.settle(outcome=OUTCOMES[lane.lane], by=doer, now=now)

    def _doer(self, lane: IncidentLane) -> User:
        return self.people[LANES[lane.lane]]


def leave_in_the_middle(incident: Incident, people: People, *, now: datetime) -> None:
    """The live one: technical works, policy came late, editorial was called in, communications waits for editorial."""
    require(incident, since=incident.declared_at, now=incident.declared_at + MINUTE)
    lanes = {lane.lane: lane for lane in IncidentLane.objects.filter(incident=incident)}
    tomas, yara, marta, kofi = (people[name] for name in ("tomas", "yara", "marta", "kofi"))
    lanes["technical"].engage(lead=tomas, by=tomas, now=now)
    editorial = IncidentLane(incident=incident, lane=Lane.EDITORIAL.value)
    editorial.engage(lead=marta, by=marta, now=now + 5 * MINUTE, note="Nine summaries are published without a date.")
    told = IncidentLane(incident=incident, lane=Lane.COMMUNICATIONS.value)
    told.engage(lead=kofi, by=kofi, now=now + 40 * MINUTE)
    told.wait(what="Which of the nine readers may have missed.", lane=Lane.EDITORIAL, by=kofi, now=now + 50 * MINUTE)
    policy = lanes["policy"]
    if policy.due_at is not None:
        policy.engage(lead=yara, by=yara, now=policy.due_at + 25 * MINUTE, note="Asked late: nobody thought of it.")
    _ask_for_an_answer(incident, people, now=now + 55 * MINUTE)
    _decide(incident, people, now=now + 60 * MINUTE)


def _ask_for_an_answer(incident: Incident, people: People, *, now: datetime) -> None:
    """Legal has two days for a note to readers, whose text was changed once since."""
    wanted = Wanted(
        title="Note to readers below the nine summaries",
        content="We left out when the event takes place.\nWe are sorry.",
        why_now="It goes out with the corrected summaries.",
        due_at=now + timedelta(days=2),
        role=Role.LEGAL,
        silence=Silence.MANAGER,
    )
    asked = ask(incident, wanted, by=people["marta"], now=now)
    better = "This summary did not say when the event takes place.\nThe date has been added. We are sorry."
    asked.revise(content=better, by=people["marta"], now=now + 20 * MINUTE)


def _decide(incident: Incident, people: People, *, now: datetime) -> None:
    """The summaries stay online meanwhile; policy would have taken them down."""
    made = Made(
        question="Do the nine summaries stay online until they are corrected?",
        options=["Take all nine down", "Leave them, with a note", "Leave them as they are"],
        chosen="Leave them, with a note",
        reasons="Everything in them is right but for what is missing, and readers find the date behind the link.",
        decider=people["marta"],
        reversible_until=now + timedelta(days=7),
        revisit_at=now + timedelta(days=3),
    )
    decision = record_decision(incident, made, by=people["marta"], now=now)
    decision.dissent(why="A reader in a hurry sees no note.", by=people["yara"], now=now + 15 * MINUTE)
