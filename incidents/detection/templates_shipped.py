"""Thresholds to start from, so that nobody begins with an empty form. Values only: whoever takes one looks at them.

A new system starts with `DISTINCT_COMPLAINANTS`, `CONTACTS`, and one `ZERO_TOLERANCE` for each category that must not
happen once.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.detection.choices import ConfidenceChoice, GroupBy, Metric, OpChoice, ValueOf
from incidents.detection.parsers.signals import SignalKind

type Words = str | Promise
HOUR, DAY = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Template:
    """`rule` holds fields of a threshold version; what it leaves out keeps its usual value."""

    slug: str
    name: Words
    why: Words
    rule: dict[str, Any] = field(default_factory=dict)


DISTINCT_COMPLAINANTS = Template(
    "distinct-complainants",
    _("Complaints: that many people"),
    _("Counts people and not messages: whoever writes three times is one. Needs no traffic to compare with."),
    {
        "kind": SignalKind.COMPLAINT.value,
        "metric": Metric.DISTINCT.value,
        "value_of": ValueOf.PERSON.value,
        "op": OpChoice.GTE.value,
        "limit": 5,
        "window_seconds": HOUR,
        "min_samples": 0,
        "confidence": ConfidenceChoice.NONE.value,
    },
)
PER_CONVERSATIONS = Template(
    "complaints-per-1000",
    _("Complaints: per 1,000 conversations"),
    _("Follows the traffic: twice the complaints in twice the conversations is nothing new."),
    {
        "kind": SignalKind.COMPLAINT.value,
        "denominator_kind": SignalKind.TRAFFIC.value,
        "metric": Metric.RATIO.value,
        "op": OpChoice.GT.value,
        "limit": 5_000,
        "window_seconds": HOUR,
        "min_samples": 200,
        "confidence": ConfidenceChoice.C95.value,
    },
)
AGAINST_USUAL = Template(
    "complaints-against-usual",
    _("Complaints: against the same hour of past weeks"),
    _("Knows that people complain by their own clock. Needs two weeks of history before it can judge."),
    {
        "kind": SignalKind.COMPLAINT.value,
        "metric": Metric.BASELINE.value,
        "op": OpChoice.GTE.value,
        "limit": 3_000,
        "floor_count": 5,
        "window_seconds": HOUR,
        "min_samples": 0,
        "confidence": ConfidenceChoice.NONE.value,
    },
)
ZERO_TOLERANCE = Template(
    "zero-tolerance",
    _("Zero tolerance: a single one of a category"),
    _("Fires as the signal is taken, without statistics. For what must not happen once, such as data exposure."),
    {
        "kind": SignalKind.VIOLATION.value,
        "category": "data_exposure",
        "metric": Metric.ZERO_TOLERANCE.value,
        "op": OpChoice.GTE.value,
        "limit": 1,
        "window_seconds": DAY,
        "for_seconds": 0,
        "min_samples": 0,
        "confidence": ConfidenceChoice.NONE.value,
    },
)
AGAIN_AND_AGAIN = Template(
    "same-person-again",
    _("Pattern: the same person again and again"),
    _("One person who is harmed repeatedly disappears in a rate. Needs a reference of the person in the signals."),
    {
        "kind": SignalKind.COMPLAINT.value,
        "metric": Metric.EVENT_COUNT.value,
        "group_by": GroupBy.PERSON.value,
        "op": OpChoice.GTE.value,
        "limit": 3,
        "window_seconds": DAY,
        "min_samples": 0,
        "confidence": ConfidenceChoice.NONE.value,
    },
)
BREACH_THEN_COMPLAINT = Template(
    "breach-then-complaint",
    _("Pattern: a policy breach, then a complaint by the same person"),
    _("Somebody noticed what the guardrail saw: harm that arrived. Needs a reference of the person in both signals."),
    {
        "kind": SignalKind.VIOLATION.value,
        "metric": Metric.TEMPORAL_ORDERED.value,
        "group_by": GroupBy.PERSON.value,
        "pattern": [
            {"kind": SignalKind.VIOLATION.value, "category": ""},
            {"kind": SignalKind.COMPLAINT.value, "category": ""},
        ],
        "op": OpChoice.GTE.value,
        "limit": 1,
        "window_seconds": DAY,
        "min_samples": 0,
        "confidence": ConfidenceChoice.NONE.value,
    },
)
CONTACTS = tuple(
    Template(
        f"contact-by-{by}",
        name,
        _("Fires as the complaint is taken, whatever it is about. Who asks expects an answer in time."),
        ZERO_TOLERANCE.rule | {"kind": SignalKind.COMPLAINT.value, "category": f"{by}_contact"},
    )
    for by, name in (
        ("press", _("Contact: the press asks")),
        ("regulator", _("Contact: a regulator asks")),
        ("court", _("Contact: a court asks")),
    )
)
TEMPLATES = (
    DISTINCT_COMPLAINANTS,
    PER_CONVERSATIONS,
    AGAINST_USUAL,
    ZERO_TOLERANCE,
    *CONTACTS,
    AGAIN_AND_AGAIN,
    BREACH_THEN_COMPLAINT,
)


def template_of(slug: str) -> Template | None:
    return next((template for template in TEMPLATES if template.slug == slug), None)
