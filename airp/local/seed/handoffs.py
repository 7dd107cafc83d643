"""Handoffs of the live incident: a lane that was taken over and rated, one that came back, and the lead on its way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from airp.accounts.models import User
from airp.local.seed.people import People
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.offering import Offer, offer
from incidents.coordination.handoffs.states import Rating
from incidents.coordination.lane import IncidentLane
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.packets import prefilled

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def hand_over(incident: Incident, people: People, *, then: datetime, now: datetime) -> None:
    """`then` the lanes were at work; the lead was offered a few minutes ago."""
    lanes = {lane.lane: lane for lane in IncidentLane.objects.filter(incident=incident)}
    tomas, ingrid, kofi, lars = (people[name] for name in ("tomas", "ingrid", "kofi", "lars"))
    technical = _offer(
        incident,
        lanes[Lane.TECHNICAL],
        Pass(by=tomas, to=ingrid, at=then),
        standing="The index is rebuilt without the stale feed; nine summaries still show the old text.",
        risks="- The night job may bring the feed back. It is switched off by hand until Thursday.",
    )
    technical.accept(seen=1, by=ingrid, now=then + 14 * MINUTE)
    technical.rate(rating=Rating.COMPLETE, by=ingrid, now=then + 20 * MINUTE, note="The switch of the job saved me.")
    told = _offer(
        incident,
        lanes[Lane.COMMUNICATIONS],
        Pass(by=kofi, to=lars, at=then + HOUR),
        standing="The note to readers is drafted and waits for legal.",
    )
    missing = "Which readers wrote to us, and what did we answer them?"
    told.return_with_note(missing=missing, by=lars, now=then + HOUR + 25 * MINUTE)
    incident.refresh_from_db()
    lead = incident.lead
    if lead is not None:
        _offer(incident, None, Pass(by=lead, to=people["sara"], at=now - 12 * MINUTE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Who passes it to whom, when, and how long there is to answer."""

    by: User
    to: User
    at: datetime
    within: timedelta = HOUR


def _offer(incident: Incident, lane: IncidentLane | None, passed: Pass, **said: str) -> Handoff:
    words = prefilled([incident], lane=lane.lane if lane else "", now=passed.at)
    for section, text in said.items():
        words[section] = f"{text}\n\n{words[section]}".strip()
    due_at = passed.at + passed.within
    wanted = Offer(receiver=passed.to, due_at=due_at, words=words, lane=lane, incident=None if lane else incident)
    return offer(wanted, by=passed.by, now=passed.at)
