"""What colleagues reported in the past days: under their name, in confidence, anonymously."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from airp.local.seed.people import People
from incidents.classification.models import HarmKind
from incidents.reports.report import Report
from incidents.reports.states import Discretion, Urgency
from incidents.reports.taking import Said, take_report
from incidents.systems.models import AISystem
from incidents.triage.reasons import DeclineReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One report of the past."""

    hours: int
    system: str
    text: str
    sample: str = ""
    harm: str = ""
    discretion: Discretion = Discretion.NAMED
    urgency: Urgency = Urgency.USUAL
    declined: str = ""


PAST = (
    Seen(hours=2, system="support-assistant", harm="unauthorised_commitment", urgency=Urgency.URGENT,
         text="While testing the chat I was promised a refund twice in a row, without being asked for the booking.",
         sample="Of course! I have arranged a full refund for you, it will arrive tomorrow."),
    Seen(hours=6, system="candidate-ranker", harm="discrimination", discretion=Discretion.CONFIDENTIAL,
         text="In the summer-job list everybody above fifty stands on the last page. I do not think that is chance."),
    Seen(hours=11, system="travel-brief", discretion=Discretion.ANONYMOUS,
         text="A summary names a hotel as closed for rats. The source says it is closed for repairs."),
    Seen(hours=50, system="support-assistant", declined=DeclineReason.FALSE_ALARM,
         text="The chat answered in Norwegian although I wrote in English."),
)  # fmt: skip


def install(people: People, systems: dict[str, AISystem], *, now: datetime) -> int:
    """Create what is missing; returns how many reports were told."""
    return sum(_tell(number, seen, people, systems, now=now) for number, seen in enumerate(PAST))


def _tell(number: int, seen: Seen, people: People, systems: dict[str, AISystem], *, now: datetime) -> int:
    ticket = f"demo/{number}"
    if Report.objects.filter(ticket_digest=hashlib.sha256(ticket.encode()).digest()).exists():
        return 0
    at = now - timedelta(hours=seen.hours)
    said = Said(
        ticket=ticket,
        system=systems[seen.system],
        text=seen.text,
        sample=seen.sample,
        happened_at=at - timedelta(minutes=20),
        harm_kind=HarmKind.objects.get(slug=seen.harm) if seen.harm else None,
        urgency=seen.urgency,
        discretion=seen.discretion,
    )
    report = take_report(said, by=people["jonas"], now=at)
    if seen.declined:
        why = DeclineReason(seen.declined)
        report.decline(why=why, by=people["sara"], now=at + timedelta(hours=1))
    return 1
