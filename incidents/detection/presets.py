"""Rules to start from, each with the values that suit most systems. The limits are to be tried on the own past."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from incidents.detection.templates_shipped import TEMPLATES, Words


@dataclass(frozen=True, slots=True)
class Preset:
    """A name to choose by, when to use it, and the fields of a version that it sets."""

    key: str
    name: Words
    when: Words
    rule: dict[str, Any] = field(default_factory=dict)


def _ratio(kind: str, of: str, limit: int, **more: Any) -> dict[str, Any]:
    sure = {"min_samples": 50, "confidence": "95", "window_seconds": 600, "for_seconds": 300}
    return {"metric": "ratio", "kind": kind, "denominator_kind": of, "limit": limit, **sure, **more}


def _burn(limit: int, hours: int) -> dict[str, Any]:
    rule = _ratio("traffic", "", limit, budget_ppm=10_000, window_seconds=hours * 3_600, for_seconds=0)
    return {**rule, "metric": "burn", "confidence": "none"}


NUMERIC = (
    Preset("policy", _("Share of answers that break policy"), _("The usual first guardrail."),
           _ratio("violation", "traffic", 20_000)),
    Preset("errors", _("Error rate"), _("Answers that failed, out of all answers."), _ratio("traffic", "", 50_000)),
    Preset("score", _("Mean score of an evaluator"), _("Fires when quality sinks below a floor."),
           {"metric": "mean", "kind": "evaluation", "op": "lt", "limit": 800_000, "min_samples": 50,
            "confidence": "95", "window_seconds": 3_600}),
    Preset("burn_fast", _("Error budget burning fast"), _("A month's budget would be gone in two days."),
           _burn(14_400, 1)),
    Preset("burn_slow", _("Error budget burning slowly"), _("A month's budget would be gone in five days."),
           _burn(6_000, 6)),
)  # fmt: skip
# What is shipped for complaints, patterns and single events is kept in one place with the values that suit it.
PRESETS = NUMERIC + tuple(Preset(each.slug, each.name, each.why, dict(each.rule)) for each in TEMPLATES)


def preset(key: str) -> Preset | None:
    return next((each for each in PRESETS if each.key == key), None)
