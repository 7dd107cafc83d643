"""The severity levels, harm kinds and matrix that a new installation starts with. Admins change them afterwards."""

from datetime import UTC, datetime
from typing import Any

from django.db import models

from incidents.classification import shipped_matrix
from incidents.classification.models import OTHER, HarmKind, ReviewRule, SeverityLevel, SeverityMatrix, Tone

DAY = 24 * 60
SHIPPED_AT = datetime(2025, 11, 1, tzinfo=UTC)

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
        "reassess_minutes": 4 * 60,
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
        "reassess_minutes": 4 * 60,
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
    (OTHER, "Something else", "None of the others; say in the summary what it is"),
)

# Proposed for an incident of the kind: subdomains of MIT, hazards of AILuminate, risks of NIST, OWASP's ten.
TAGS: dict[str, str] = {
    "discrimination": "mit:1.1 mit:1.3 ailuminate:hte nist:bias",
    "abusive_content": "mit:1.2 ailuminate:hte ailuminate:vcr ailuminate:src ailuminate:sxc_prn"
    " nist:dangerous nist:obscene",
    "vulnerable_person": "mit:1.2 mit:5.1 ailuminate:ssh ailuminate:cse nist:human",
    "dangerous_help": "mit:4.2 mit:4.3 ailuminate:ncr ailuminate:iwp ailuminate:vcr nist:cbrn nist:security",
    "unsafe_advice": "mit:5.1 mit:7.3 ailuminate:spc_hlt ailuminate:spc_lgl ailuminate:spc_fin ailuminate:spc_ele"
    " nist:confabulation owasp:LLM09",
    "false_information": "mit:3.1 mit:3.2 ailuminate:dfm nist:confabulation nist:integrity owasp:LLM09",
    "unauthorised_commitment": "mit:3.1 mit:7.3 ailuminate:spc_fin ailuminate:spc_lgl nist:confabulation"
    " owasp:LLM06 owasp:LLM09",
    "data_exposure": "mit:2.1 ailuminate:prv nist:privacy owasp:LLM02 owasp:LLM07",
    "rights_infringement": "mit:6.3 mit:3.1 ailuminate:ipv ailuminate:dfm nist:property",
    "tool_misuse": "mit:2.2 mit:7.1 nist:security owasp:LLM01 owasp:LLM05 owasp:LLM06",
    "degraded_quality": "mit:7.3 mit:7.4 nist:value_chain owasp:LLM03 owasp:LLM04 owasp:LLM08 owasp:LLM10",
    "over_blocking": "mit:5.2 mit:1.3 nist:bias",
}


def install() -> tuple[int, int]:
    """Add the shipped levels and kinds where their slug is still unknown; return how many of each were added.

    The matrix comes with them, unless there is one.
    """
    levels = _add(SeverityLevel.objects, [SeverityLevel(**row) for row in SEVERITY_LEVELS])
    kinds = _add(HarmKind.objects, [_kind(position, *row) for position, row in enumerate(HARM_KINDS, start=1)])
    install_matrix()
    return levels, kinds


def install_matrix() -> None:
    """Publish the shipped matrix as version 1, where there is none and the levels it names exist."""
    ranks = dict(SeverityLevel.objects.values_list("slug", "rank"))
    if SeverityMatrix.current() is None and set(shipped_matrix.CONTENT["levels"]) <= ranks.keys():
        SeverityMatrix.publish(
            shipped_matrix.CONTENT,
            ranks=ranks,
            by=None,
            now=SHIPPED_AT,
            why=shipped_matrix.WHY,
            seen_version=0,
        )


def _kind(position: int, slug: str, name: str, meaning: str) -> HarmKind:
    return HarmKind(slug=slug, name=name, meaning=meaning, position=position, tags=TAGS.get(slug, "").split())


def _add[Row: (SeverityLevel, HarmKind)](objects: models.Manager[Row], rows: list[Row]) -> int:
    known = set(objects.values_list("slug", flat=True))
    missing = [row for row in rows if row.slug not in known]
    # Somebody may add the same at this moment; theirs stands.
    objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
