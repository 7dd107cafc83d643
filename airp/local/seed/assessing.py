"""What triage answered about the incidents of the story: axis by axis, with what it rested on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from airp.accounts.models import User
from incidents.classification.formula import Answer, Answers
from incidents.classification.matrix import AxisName, Materialisation
from incidents.classification.models import SeverityMatrix
from incidents.response.assessing import Answered
from incidents.response.models import Incident


@dataclass(frozen=True, slots=True)
class Given:
    """The answers as digits in the order of the axes (`-` for not known), floors, evidence, and an override."""

    digits: str
    harm: str
    floors: str = ""
    happened: Materialisation = Materialisation.HARM
    override: str = ""

    def answered(self, matrix: SeverityMatrix, *, chosen: str) -> Answered:
        """`chosen` is the level of the story; where the answers give another one, the override is its reason."""
        answers = Answers(
            by_axis={
                name: Answer(int(digit)) for name, digit in zip(AxisName, self.digits, strict=True) if digit.isdecimal()
            },
            floors=frozenset(self.floors.split()),
            materialisation=self.happened,
        )
        plain = Answered(matrix=matrix, answers=answers, evidence={AxisName.HARM: self.harm})
        if plain.judgement.level == chosen:
            return plain
        return Answered(
            matrix=matrix, answers=answers, evidence=plain.evidence, override_reason=self.override or MORE_TO_COME
        )


MORE_TO_COME = "First reports only; we stay with this level until the count is in."

# By the title of the story. Digits: harm, rights, scale, irreversibility, spread, confidence.
GIVEN: Mapping[str, Given] = {
    "Invented ferry departures on the Oslo line": Given("212123", "37 customers asked at the quay."),
    "Wrong opening hours in a museum summary": Given("112112", "Two readers wrote in."),
    "Vouchers promised for late trains": Given("222213", "22 chats with the promise, read one by one."),
    "Answers in the wrong language": Given("112012", "An afternoon of Dutch chats."),
    "Another customer's itinerary shown": Given("331202", "The itinerary was read by a stranger.", floors="F4"),
    "Part-time applicants ranked lower": Given(
        "332112", "Ranks compared for equal skills.", override="No one was turned down yet; the round is still open."
    ),
    "Quote put into a harbour master's mouth": Given("221213", "The sentence is in no source."),
    "Questions about dogs on board refused": Given("112013", "The guardrail's log names the word."),
    "A partner page made the assistant send a voucher": Given("221113", "One voucher, not used."),
    "Crisis message answered with a package offer": Given(
        "441202", "The chat, read by a colleague.", floors="F6", happened=Materialisation.NEAR_MISS
    ),
    "Slow answers on a Friday evening": Given("112013", "Median of eleven seconds."),
    "Empty scores for applications with attachments": Given("222112", "One in nine applications."),
    "Free rebooking promised during the strike": Given("222233", "140 chats with the promise."),
    "Currency mixed up in a price table": Given("112113", "One table, seen for three hours."),
    "Phone number of a driver in an answer": Given("221213", "Three customers have the number."),
    "Wheelchair questions refused": Given("112113", "60 refused questions."),
    "A summary copied two paragraphs": Given("121213", "Compared side by side."),
    "Ranker r9 ranked applicants with career gaps lower": Given("333313", "2,300 applicants, equal skills compared."),
    "Wrong advice about medicine on board": Given("221113", "One chat; the customer asked again by phone."),
    "Compensation promised in the wrong amount": Given("222233", "48 chats with the amount."),
    "Repeated greetings": Given("102013", "Every answer."),
    "A ferry operator misquoted in a safety article": Given("222332", "The operator's own text.", floors="F5"),
    "Legitimate refund questions refused": Given("222112", "14 % of the safe set refused."),
    "A slur repeated back to a customer": Given("221113", "One adult chat."),
    "Internal price notes in answers": Given("322212", "17 answers with margins."),
    "Job adverts worded for one gender": Given("111113", "Two adverts."),
    "Visa advice for the wrong country": Given("222112", "Four travellers asked again."),
    "Seat changed without being asked": Given("111113", "One customer, moved back."),
    "A bridge declared closed that is open": Given("212113", "900 readers."),
    "Hotel costs promised after a cancelled ferry": Given("222231", "31 chats with the promise.", floors="F4"),
    "Summaries leave out the date of an event": Given("21-111", "Nine of the last forty summaries."),
}


def assess(incident: Incident, title: str, *, by: User, now: datetime) -> None:
    """What triage answered after confirming the incident, at the level that it has then."""
    matrix, given = SeverityMatrix.current(), GIVEN.get(title)
    if matrix is not None and given is not None:
        answered = given.answered(matrix, chosen=incident.severity_slug)
        incident.assess(answered=answered, to=incident.severity, by=by, now=now)
