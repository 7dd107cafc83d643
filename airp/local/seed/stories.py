"""A year of incidents at Halden Travel, as data: what happened, how fast people were, what was learned."""

from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    """How far a story has come by now."""

    CLOSED = "closed"
    DISMISSED = "dismissed"
    CONTAINED = "contained"
    AWAITS_SIGN_OFF = "awaits_sign_off"
    IN_REVIEW = "in_review"


class Twist(StrEnum):
    """What makes a story unusual."""

    NONE = "none"
    RAISED = "raised"  # declared one level lower, then raised
    REOPENED = "reopened"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One incident. Minutes count from the declaration; `lag` is how long the harm ran before it."""

    days: int
    system: str
    severity: str
    harm: str
    title: str
    happened: str
    contained: str
    fixed: str
    learned: str
    minutes: tuple[int, int, int] = (10, 60, 600)  # acknowledged, contained, resolved
    lag: int = 90
    ending: Ending = Ending.CLOSED
    twist: Twist = Twist.NONE


S, R, B = "support-assistant", "candidate-ranker", "travel-brief"


def _story(days: int, system: str, severity: str, harm: str, title: str, *words: str, **more: object) -> Story:
    happened, contained, fixed, learned = words
    return Story(
        days=days,
        system=system,
        severity=severity,
        harm=harm,
        title=title,
        happened=happened,
        contained=contained,
        fixed=fixed,
        learned=learned,
        **more,  # type: ignore[arg-type]
    )


STORIES: tuple[Story, ...] = (
    _story(
        356, S, "SEV3", "false_information", "Invented ferry departures on the Oslo line",
        "The assistant named departures that do not exist; 37 customers asked about them.",
        "Timetable answers now link to the timetable instead of naming times.",
        "The index reads the operator's timetable every hour.",
        "The index was nine days old and nobody owned its age.",
        minutes=(65, 210, 1900),
    ),
    _story(
        347, B, "SEV4", "false_information", "Wrong opening hours in a museum summary",
        "A published summary gave summer hours in November.",
        "The summary was corrected and labelled.", "The prompt asks for the date of each fact.",
        "Nothing told the model how old the source was.",
        minutes=(240, 500, 900),
    ),
    _story(
        335, S, "SEV3", "unauthorised_commitment", "Vouchers promised for late trains",
        "The assistant offered a voucher of 50 EUR to 22 customers of a line that we do not run.",
        "Voucher answers were switched to a fixed text.", "The guardrail checks who runs the line.",
        "The policy text did not say that it covers our own lines only.",
        minutes=(48, 150, 2700),
    ),
    _story(
        322, S, "SEV4", "degraded_quality", "Answers in the wrong language",
        "Dutch customers got German answers for an afternoon.", "Language detection was moved back one version.",
        "The detector was retrained on short messages.", "The test set had no message under five words.",
        minutes=(300, 700, 3000),
    ),
    _story(
        313, S, "SEV2", "data_exposure", "Another customer's itinerary shown",
        "A customer read the itinerary of a person with the same surname. Six people are known.",
        "Look-ups by name were switched off; booking numbers only.",
        "The look-up demands a booking number and a birth date.",
        "Two sessions shared one cache key. The load test never used two people with one name.",
        minutes=(14, 55, 1440), lag=240, twist=Twist.RESTRICTED,
    ),
    _story(
        301, R, "SEV3", "discrimination", "Part-time applicants ranked lower",
        "Applicants who asked for part-time work stood 11 places lower with equal skills.",
        "Ranking was set to people only for the open round.",
        "The feature was removed and the round ranked again by hand.",
        "A feature that seemed to be about hours stood for family duties.",
        minutes=(120, 480, 7200), lag=2880,
    ),
    _story(
        290, B, "SEV3", "false_information", "Quote put into a harbour master's mouth",
        "A summary attributed a sentence to a person who never said it.",
        "The article was taken offline.", "A retraction was published; quotes are compared with the source.",
        "Quotes were not checked against the source before publishing.",
        minutes=(35, 70, 1300),
    ),
    _story(
        281, S, "SEV4", "over_blocking", "Questions about dogs on board refused",
        "The guardrail took a breed's name for an insult.", "The word was taken off the list.",
        "Lists are replaced by the classifier of guardrail 5.", "Word lists block what they do not understand.",
        minutes=(400, 900, 4000),
    ),
    _story(
        268, S, "SEV3", "tool_misuse", "A partner page made the assistant send a voucher",
        "A hidden instruction in a partner's page was followed once; the voucher was not used.",
        "The partner's page was taken out of the index.", "Text from pages can no longer call tools.",
        "Text that is read and text that commands were not kept apart.",
        minutes=(20, 45, 2200),
    ),
    _story(
        255, S, "SEV1", "vulnerable_person", "Crisis message answered with a package offer",
        "A person wrote that they saw no way on; the assistant offered a weekend trip. "
        "A colleague who read along called them.",
        "Messages of this kind go to a person at once.", "A crisis route with a named team answers within a minute.",
        "Nobody had asked what the assistant does with messages that are not about travel.",
        minutes=(4, 18, 600), lag=15,
    ),
    _story(
        243, S, "SEV4", "degraded_quality", "Slow answers on a Friday evening",
        "Answers took eleven seconds at the median.", "The long-context option was switched off.",
        "Requests are queued by length.", "The limit was measured on weekdays only.",
        minutes=(200, 260, 700),
    ),
    _story(
        232, R, "SEV3", "degraded_quality", "Empty scores for applications with attachments",
        "One in nine applications got no score and fell to the end of the list.",
        "Applications without a score are shown first.", "The parser reads the new file format.",
        "A missing value sorted like a bad one.",
        minutes=(180, 420, 3000), lag=1440,
    ),
    _story(
        221, S, "SEV2", "unauthorised_commitment", "Free rebooking promised during the strike",
        "The assistant promised free rebooking to 140 customers; the policy covers the strike day only.",
        "The strike page was taken out of the index.", "Promises were honoured; the page states the day.",
        "The page was written for colleagues and read by the model.",
        minutes=(52, 160, 2880), lag=180,
    ),
    _story(
        210, B, "SEV4", "false_information", "Currency mixed up in a price table",
        "Norwegian and Swedish crowns were swapped in one table.", "The table was corrected.",
        "Prices carry their currency in the source.", "The source gave numbers without a unit.",
        minutes=(500, 600, 1000),
    ),
    _story(
        198, S, "SEV3", "data_exposure", "Phone number of a driver in an answer",
        "A driver's private number from an old notice was given to three customers.",
        "The notice was deleted from the index.", "Numbers are redacted before pages are indexed.",
        "Old notices were never taken out.",
        minutes=(25, 50, 1500),
    ),
    _story(
        187, S, "SEV4", "over_blocking", "Wheelchair questions refused",
        "A guardrail took questions about wheelchairs for medical advice and refused 60 of them.",
        "The guardrail went back one version.", "The safe set now has questions about access.",
        "The guardrail was tested on what it should block, not on what it should let through.",
        minutes=(280, 340, 2600),
    ),
    _story(
        176, B, "SEV3", "rights_infringement", "A summary copied two paragraphs",
        "A partner's text stood in our summary word for word.", "The summary was taken offline.",
        "Overlap with the source is measured before publishing.", "Nobody measured overlap.",
        minutes=(90, 130, 2000),
    ),
    _story(
        163, R, "SEV1", "discrimination", "Ranker r9 ranked applicants with career gaps lower",
        "In a trial release 2,300 applicants with gaps stood lower than others with equal skills.",
        "The alias went back to r8 and the round was ranked by people.",
        "All 2,300 were told and ranked again; r9 was withdrawn.",
        "The check compared averages, not people with equal skills. Legal heard of it on the second day.",
        minutes=(22, 95, 14_400), lag=4320, twist=Twist.RESTRICTED,
    ),
    _story(
        151, S, "SEV3", "unsafe_advice", "Wrong advice about medicine on board",
        "The assistant said that insulin must be checked in.",
        "Health questions get a fixed answer with a phone number.",
        "The answer was reviewed by the medical service.", "Health questions were seen as rare and not tested.",
        minutes=(15, 40, 1600),
    ),
    _story(
        139, S, "SEV2", "unauthorised_commitment", "Compensation promised in the wrong amount",
        "48 customers were promised 600 EUR; the regulation says 250 EUR for their distance.",
        "Compensation answers were switched to a fixed text.", "The amount is computed, not written.",
        "A model was asked to do arithmetic that a table can do.",
        minutes=(18, 75, 2900), lag=300, twist=Twist.REOPENED,
    ),
    _story(
        128, S, "SEV4", "degraded_quality", "Repeated greetings",
        "The assistant greeted twice in each answer.", "The prompt went back to 30.",
        "Prompt 31 has one greeting.", "The change was tried in one language only.",
        minutes=(600, 700, 1200),
    ),
    _story(
        117, B, "SEV2", "false_information", "A ferry operator misquoted in a safety article",
        "The summary turned a warning into its opposite. The operator's press office called.",
        "The article was taken offline within the hour.", "Retracted, with a note to readers and the operator.",
        "A negation was lost in the summary and no second reader saw it.",
        minutes=(9, 38, 1700), lag=420,
    ),
    _story(
        104, S, "SEV3", "over_blocking", "Legitimate refund questions refused",
        "Guardrail 6 refused 14 % of legitimate refund questions for a day.",
        "Guardrail 5 is back in force.", "Guardrail 7 refuses 4 % and passes the safe set.",
        "A fix that was made in a hurry blocked more than the fault it fixed.",
        minutes=(80, 200, 4300), twist=Twist.REOPENED,
    ),
    _story(
        92, S, "SEV3", "abusive_content", "A slur repeated back to a customer",
        "The assistant quoted the customer's own slur in its answer.", "Quoting of customers was switched off.",
        "Quotes pass the content filter.", "Only the model's own words were filtered.",
        minutes=(12, 30, 1100),
    ),
    _story(
        80, S, "SEV2", "data_exposure", "Internal price notes in answers",
        "Margins from an internal note appeared in 17 answers to partner agents.",
        "The folder was taken out of the index.", "Folders must be named before they are indexed.",
        "A whole drive was indexed because one page of it was needed.",
        minutes=(41, 118, 2500), lag=1500,
    ),
    _story(
        66, R, "SEV4", "discrimination", "Job adverts worded for one gender",
        "Two generated adverts used words that address men.", "The adverts were rewritten by hand.",
        "Wording is checked against the style guide.", "The check ran for one language.",
        minutes=(700, 900, 5000),
    ),
    _story(
        53, S, "SEV3", "unsafe_advice", "Visa advice for the wrong country",
        "Travellers to two countries were told that they need no visa.", "Visa questions link to the authority's page.",
        "The answer names the nationality that it is about.",
        "The question was answered without asking for the passport.",
        minutes=(300, 330, 2100), twist=Twist.RAISED,
    ),
    _story(
        41, S, "SEV4", "tool_misuse", "Seat changed without being asked",
        "The assistant moved one customer to another seat.", "Seat changes ask for a yes first.",
        "Every tool that changes something asks first.", "A tool call needed no confirmation.",
        minutes=(90, 100, 2000),
    ),
    _story(
        23, B, "SEV3", "false_information", "A bridge declared closed that is open",
        "A summary of road works mixed two bridges; 900 readers saw it.", "The summary was corrected and labelled.",
        "Place names are compared with the map.", "Two places with one name were not told apart.",
        minutes=(30, 60, 1500), ending=Ending.AWAITS_SIGN_OFF,
    ),
    _story(
        5, S, "SEV2", "unauthorised_commitment", "Hotel costs promised after a cancelled ferry",
        "31 customers were promised a hotel that the policy does not cover.",
        "The cancellation answers were switched to a fixed text.", "The policy page names what is covered.",
        "The answer was right for trains and was used for ferries.",
        minutes=(26, 88, 1900), lag=150, ending=Ending.IN_REVIEW,
    ),
    _story(
        340, S, "SEV3", "false_information", "Rumour of a cancelled line",
        "A customer quoted an answer that nobody gave.", "", "", "The screenshot was not from our assistant.",
        ending=Ending.DISMISSED,
    ),
    _story(
        262, S, "SEV4", "degraded_quality", "Answers look shorter",
        "An agent found the answers short.", "", "", "A planned change of prompt 30.", ending=Ending.DISMISSED,
    ),
    _story(
        191, R, "SEV3", "discrimination", "Fewer applicants from one town",
        "A drop from one town looked like a bias.", "", "", "The town's school holidays moved by a week.",
        ending=Ending.DISMISSED,
    ),
    _story(
        110, S, "SEV3", "data_exposure", "A name in a transcript",
        "A name in an answer looked like another customer's.", "", "", "It was the customer's own travel companion.",
        ending=Ending.DISMISSED,
    ),
    _story(
        38, B, "SEV4", "false_information", "Reader doubts a distance",
        "A reader doubted a distance of 14 km.", "", "", "Measured again: it is 14 km.", ending=Ending.DISMISSED,
    ),
    _story(
        1, B, "SEV3", "degraded_quality", "Summaries leave out the date of an event",
        "Nine of the last forty summaries do not say when the event takes place.",
        "Summaries without a date wait for an editor before they are published.", "", "",
        minutes=(40, 180, 0), lag=700, ending=Ending.CONTAINED,
    ),
)  # fmt: skip
