"""Rules to start from, each with the values that suit most systems. The limits are to be tried on the own past."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Preset:
    """A name to choose by, when to use it, and the fields of a version that it sets."""

    key: str
    name: Promise
    when: Promise
    rule: dict[str, Any] = field(default_factory=dict)


def _ratio(kind: str, of: str, limit: int, **more: Any) -> dict[str, Any]:
    sure = {"min_samples": 50, "confidence": "95", "window_seconds": 600, "for_seconds": 300}
    return {"metric": "ratio", "kind": kind, "denominator_kind": of, "limit": limit, **sure, **more}


def _burn(limit: int, hours: int) -> dict[str, Any]:
    rule = _ratio("traffic", "", limit, budget_ppm=10_000, window_seconds=hours * 3_600, for_seconds=0)
    return {**rule, "metric": "burn", "confidence": "none"}


def _contact(by: str, name: Promise) -> Preset:
    """Complaints of such a contact count under a category of their own, whatever they are about."""
    when = _("One is enough, without statistics: who asks expects an answer, and somebody must know today.")
    rule = {"metric": "zero_tolerance", "kind": "complaint", "category": f"{by}_contact", "op": "gte", "limit": 1}
    return Preset(f"{by}_contact", name, when, {**rule, "window_seconds": 60, "eval_delay_seconds": 120})


PRESETS = (
    Preset("policy", _("Share of answers that break policy"), _("The usual first guardrail."),
           _ratio("violation", "traffic", 20_000)),
    Preset("errors", _("Error rate"), _("Answers that failed, out of all answers."), _ratio("traffic", "", 50_000)),
    Preset("complainants", _("Complaints of different people"), _("Each person counts once, however often they write."),
           {"metric": "distinct", "kind": "complaint", "value_of": "person", "op": "gte", "limit": 5,
            "window_seconds": 3_600}),
    Preset("complaint_rate", _("Complaints per conversation"), _("For systems with much traffic."),
           _ratio("complaint", "traffic", 5_000, window_seconds=3_600)),
    Preset("unusual_complaints", _("More complaints than usual"), _("Against the same hour of past weeks."),
           {"metric": "baseline", "kind": "complaint", "limit": 3_000, "floor_count": 5, "window_seconds": 3_600}),
    Preset("zero", _("A single one is too many"), _("For harm that nobody may wait for, such as a leak of data."),
           {"metric": "zero_tolerance", "kind": "violation", "op": "gte", "limit": 1, "window_seconds": 60,
            "eval_delay_seconds": 120}),
    _contact("press", _("The press asks")),
    _contact("regulator", _("A regulator asks")),
    _contact("court", _("A court asks")),
    Preset("score", _("Mean score of an evaluator"), _("Fires when quality sinks below a floor."),
           {"metric": "mean", "kind": "evaluation", "op": "lt", "limit": 800_000, "min_samples": 50,
            "confidence": "95", "window_seconds": 3_600}),
    Preset("burn_fast", _("Error budget burning fast"), _("A month's budget would be gone in two days."),
           _burn(14_400, 1)),
    Preset("burn_slow", _("Error budget burning slowly"), _("A month's budget would be gone in five days."),
           _burn(6_000, 6)),
    Preset("repeated", _("The same person harmed again"), _("Several bad answers to one person."),
           {"metric": "event_count", "kind": "violation", "group_by": "person", "op": "gte", "limit": 3,
            "window_seconds": 86_400}),
)  # fmt: skip


def preset(key: str) -> Preset | None:
    return next((each for each in PRESETS if each.key == key), None)
