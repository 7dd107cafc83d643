"""The severity levels and harm kinds that a new installation starts with. Admins change them afterwards."""

from typing import Any

from incidents.classification.models import HarmKind, ReviewRule, SeverityLevel, Tone

DAY = 24 * 60

SEVERITY_LEVELS: tuple[dict[str, Any], ...] = (
    {
        "slug": "SEV1",
        "name": "Critical",
        "rank": 1,
        "tone": Tone.CRITICAL,
        "definition": "Death, serious injury, a child at risk, or rights harmed at scale, suspected or shown.",
        "examples": "Advice that could lead to self-harm\nA ranker that disadvantages a group of applicants",
        "acknowledge_minutes": 15,
        "contain_minutes": 30,
        "update_minutes": 30,
        "review_due_working_days": 5,
    },
    {
        "slug": "SEV2",
        "name": "High",
        "rank": 2,
        "tone": Tone.HIGH,
        "definition": "Serious loss, sensitive data out, or many people relying on something wrong.",
        "examples": "Refunds promised against policy to dozens of customers\nAnother customer's data shown",
        "acknowledge_minutes": 30,
        "contain_minutes": 2 * 60,
        "update_minutes": 2 * 60,
        "review_due_working_days": 5,
    },
    {
        "slug": "SEV3",
        "name": "Moderate",
        "rank": 3,
        "tone": Tone.MODERATE,
        "definition": "Distress, wrong information acted on, or small loss for a limited number of people.",
        "examples": "A slur in one chat\nA wrong opening time in a published summary",
        "acknowledge_minutes": 4 * 60,
        "contain_minutes": DAY,
        "update_minutes": DAY,
        "review_due_working_days": 10,
    },
    {
        "slug": "SEV4",
        "name": "Low",
        "rank": 4,
        "tone": Tone.LOW,
        "definition": "A nuisance that undoes itself or that we can undo at once.",
        "examples": "An odd answer that nobody relied on",
        "acknowledge_minutes": DAY,
        "contain_minutes": 5 * DAY,
        "update_minutes": None,
        "review_rule": ReviewRule.NOT_REQUIRED,
        "review_due_working_days": 10,
    },
)

HARM_KINDS: tuple[tuple[str, str, str], ...] = (
    ("discrimination", "Bias or unequal treatment", "A group is treated, ranked or described worse"),
    ("abusive_content", "Hateful, violent or sexual content", "Output that attacks, degrades or is obscene"),
    (
        "vulnerable_person",
        "Harm to a vulnerable person",
        "Self-harm, minors, dependency, a crisis mishandled",
    ),
    ("dangerous_help", "Dangerous or unlawful help", "Usable help for crime, weapons or attacks"),
    ("unsafe_advice", "Unsafe specialised advice", "Wrong health, legal, financial or election advice"),
    ("false_information", "False or invented information", "Fabrication, misquotation, wrong published text"),
    ("unauthorised_commitment", "Commitment nobody authorised", "Promises of money, rights or deadlines"),
    ("data_exposure", "Personal or confidential data exposed", "Output reveals what it must not"),
    ("rights_infringement", "Intellectual property, likeness, reputation", "Copying, imitation, defamation"),
    ("tool_misuse", "Hijacked or unauthorised action", "Injection, excessive agency, a wrong tool call"),
    ("degraded_quality", "Malfunction or drift", "Accuracy, robustness or availability of answers"),
    ("over_blocking", "Over-blocking", "Legitimate use refused, wrong moderation"),
    ("other", "Something else", "None of the others; say in the summary what it is"),
)


def install() -> tuple[int, int]:
    """Add the shipped levels and kinds where their slug is still unknown; return how many of each were added."""
    levels = [SeverityLevel.objects.get_or_create(slug=row["slug"], defaults=row)[1] for row in SEVERITY_LEVELS]
    kinds = [
        HarmKind.objects.get_or_create(slug=slug, defaults={"name": name, "meaning": meaning, "position": position})[1]
        for position, (slug, name, meaning) in enumerate(HARM_KINDS, start=1)
    ]
    return sum(levels), sum(kinds)
