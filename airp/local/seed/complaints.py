"""Open forms, and what people said in the past weeks: in every state, by every way in, told by the real verbs."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from airp.local.seed.people import People
from incidents.classification.models import HarmKind
from incidents.complaints.channels import Channel
from incidents.complaints.complaint import Complaint
from incidents.complaints.drafts import Draft
from incidents.complaints.own_source import own_source
from incidents.complaints.public_form import FormState, PublicForm
from incidents.complaints.states import CloseReason
from incidents.complaints.taking import take_in
from incidents.detection.ingestion import Outcome
from incidents.response.models import Incident
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem

SUPPORT_TOPICS = """refund: A refund or a promise about money
booking: My booking was changed or lost
wrong_answer: The answer was wrong or made up
personal_data: It showed or asked for personal data
rude: It was rude or frightening
other: Something else"""
RANKER_TOPICS = """unfair: I was treated unfairly
wrong_data: It used wrong facts about me
no_reason: Nobody told me why I was turned down
other: Something else"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One complaint of the past. `words` are the answer or the reason, by how far it got."""

    hours: int
    system: str = "support-assistant"
    channel: str = Channel.WEB_FORM
    category: str
    text: str
    contact: str = ""
    language: str = "en"
    harm: str = ""
    state: str = "new"
    words: str = ""
    why: str = ""


PAST = (
    Said(hours=5, channel=Channel.REGULATOR, system="candidate-ranker", category="unfair", harm="discrimination",
         contact="case-desk@authority.example", text="The data protection authority asks, under file 2026-1187, on"
         " which facts about applicants the ranking rests,"
         " and whether a person decides. An answer is due within two weeks."),
    Said(hours=3, category="booking", contact="iris.dahl@mail.example",
         text="The chat moved my return flight by a day although I only asked if it could. Booking HT-48213."),
    Said(hours=8, channel=Channel.PHONE, category="personal_data", harm="data_exposure", contact="+47 911 22 334",
         text="It greeted me with the name and the trip of somebody else. I do not want others to read mine."),
    Said(hours=20, system="travel-brief", channel=Channel.EMAIL, category="wrong_answer", harm="false_information",
         contact="harbour.office@town.example", state="attached",
         text="Your article says that the ferry of our town runs in winter. It does not. People wait at the pier."),
    Said(hours=26, category="refund", contact="noor.aziz@mail.example", state="attached",
         harm="unauthorised_commitment",
         text="Your chat wrote that I get 180 EUR back. My card 4111 1111 1111 1111 shows nothing."),
    Said(hours=40, system="candidate-ranker", category="no_reason", contact="j.lind@mail.example", state="answered",
         text="I was turned down for the summer job four minutes after applying. Did anybody read what I wrote?",
         words="A colleague has read your application again. You are invited to talk to us on Thursday."),
    Said(hours=75, category="rude", state="closed", why=CloseReason.UNFOUNDED,
         text="It said it cannot help me and hung up. I find that rude.",
         words="The conversation ended by the time limit, as it should; the wording is friendly."),
    Said(hours=170, channel=Channel.CHAT, category="refund", contact="noor.aziz@mail.example", state="answered",
         harm="unauthorised_commitment", language="de",
         text="Mir wurden im Chat 95 EUR zugesagt. Bitte an DE89 3704 0044 0532 0130 00 überweisen.",
         words="The promise was a mistake of our assistant. We pay the 95 EUR as goodwill."),
    Said(hours=300, system="travel-brief", channel=Channel.PRESS, category="wrong_answer", state="closed",
         contact="desk@journal.example", harm="rights_infringement", why=CloseReason.SETTLED,
         text="Two paragraphs of your summary are ours, word for word, without a link.",
         words="Link and credit were added within the hour; the paper confirmed that this settles it."),
    Said(hours=410, system="candidate-ranker", category="unfair", state="closed", why=CloseReason.DUPLICATE,
         text="Everybody with gaps in the CV seems to be turned down. That hits parents.",
         words="The same was said in the complaint before this one, which is answered."),
)  # fmt: skip


def install(people: People, systems: dict[str, AISystem], *, now: datetime) -> int:
    """Create what is missing; returns how many complaints were told."""
    _forms(systems)
    return sum(_tell(number, said, people, systems, now=now) for number, said in enumerate(PAST))


def _forms(systems: dict[str, AISystem]) -> None:
    for slug, state, known_as, topics in (
        ("support-assistant", FormState.OPEN, "the chat assistant of Halden Travel", SUPPORT_TOPICS),
        ("candidate-ranker", FormState.OPEN, "the ranking of job applications", RANKER_TOPICS),
        (
            "travel-brief",
            FormState.CLOSED,
            "the summaries in Halden Journal",
            "wrong_answer: A text is wrong",
        ),
    ):
        fields = {
            "state": state,
            "known_as": known_as,
            "topics": topics,
            "promise": "A person reads each complaint within one working day. If you left an address, we answer there.",
        }
        PublicForm.objects.get_or_create(system=systems[slug], defaults=fields)


def _tell(number: int, said: Said, people: People, systems: dict[str, AISystem], *, now: datetime) -> int:
    made_at = now - timedelta(hours=said.hours, minutes=number * 7 % 60)
    draft = Draft(
        external_id=f"demo/{number}",
        system_id=systems[said.system].pk,
        channel=said.channel,
        received_at=made_at,
        category=said.category,
        harm_kind_id=HarmKind.objects.get(slug=said.harm).pk if said.harm else None,
        language=said.language,
        complainant=said.contact,
        contact_allowed="yes" if said.contact else "no",
        text=said.text,
    )
    if Complaint.objects.filter(source=own_source(), external_id=draft.external_id).exists():
        return 0
    by_staff = said.channel not in {Channel.WEB_FORM, Channel.CHAT}
    taken = take_in(own_source(), [(0, draft)], Outcome(), by=people["sara"] if by_staff else None, now=made_at)
    _go_on(taken.complaints[0], said, people, at=made_at + timedelta(hours=2))
    return 1


def _go_on(complaint: Complaint, said: Said, people: People, *, at: datetime) -> None:
    sara = people["sara"]
    if said.state == "attached":
        same = Incident.objects.visible_to(sara).filter(system=complaint.system_id, declared_at__lt=at)
        incident = same.filter(visibility=Visibility.NORMAL).order_by("-declared_at").first()
        if incident is not None:
            complaint.attach_to_incident(incident, by=sara, now=at)
    elif said.state == "answered":
        complaint.answer_with(text=said.words, by=sara, now=at)
    elif said.state == "closed":
        complaint.close(why=CloseReason(said.why), by=sara, now=at, reason=said.words)
