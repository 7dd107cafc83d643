"""Foreign names and what they mean here: which metric is what kind of signal, which label names the system.

`STANDARD` is what works without configuration. A source's own mapping, a small JSON object that admins write, comes
before it. Dots and underscores are the same: OpenTelemetry writes `error.type`, Prometheus `error_type`.
Pure: no Django, no clock.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from incidents.detection.parsers.signals import SignalKind

ANY = "*"
_PLAIN = re.compile(r"[^a-z0-9]+")
# What Prometheus appends to a counter's name, and the units that OpenTelemetry's bridge puts before it.
_ENDINGS = re.compile(r"(_seconds|_milliseconds|_ratio)?(_total|_count)$")

Condition = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What one metric counts. A condition holds when every label in it has one of its values; * is any value."""

    kind: SignalKind
    category: str = ""
    category_from: tuple[str, ...] = ()
    bad_when: Condition = field(default_factory=dict)
    only_when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Naming:
    """All that is known about one source's names."""

    systems: Mapping[str, str] = field(default_factory=dict)
    system_from: tuple[str, ...] = ()
    default_system: str = ""
    metrics: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    failing: frozenset[str] = frozenset()

    def rules_of(self, metric: str) -> tuple[Rule, ...]:
        """What a metric of OpenTelemetry or a series of Prometheus counts; nothing for one that is not kept."""
        exact = self.metrics.get(metric)
        if exact is not None:
            return exact
        plain = plain_name(metric)
        return STANDARD.get(plain) or STANDARD.get(_ENDINGS.sub("", plain), ())


@lru_cache(maxsize=4_096)
def plain_name(name: str) -> str:
    """A name without the marks in which OpenTelemetry and Prometheus differ."""
    return _PLAIN.sub("_", name.lower()).strip("_")


def holds(condition: Condition, labels: Mapping[str, str]) -> bool:
    return all(_has(labels.get(name, ""), values) for name, values in condition.items())


def _has(value: str, values: frozenset[str]) -> bool:
    return value in values or (bool(value) and ANY in values)


def first_of(names: tuple[str, ...], labels: Mapping[str, str]) -> str:
    """The value of the first of these labels that has one."""
    return next((labels[name] for name in names if labels.get(name)), "")


_CATEGORIES = ("airp_category", "category")


# Metric (plain name) -> what it counts. One place for names that conventions may still change.
STANDARD: dict[str, tuple[Rule, ...]] = {
    "gen_ai_client_operation_duration": (Rule(SignalKind.TRAFFIC, bad_when={"error_type": frozenset({ANY})}),),
    "airp_requests": (
        Rule(SignalKind.TRAFFIC, bad_when={"airp_outcome": frozenset({"error"})}),
        Rule(
            SignalKind.GUARDRAIL,
            category_from=("airp_outcome",),
            only_when={"airp_outcome": frozenset({"refused", "blocked"})},
            bad_when={"airp_outcome": frozenset({"refused", "blocked"})},
        ),
    ),
    "airp_violations": (Rule(SignalKind.VIOLATION, category_from=_CATEGORIES),),
    "airp_complaints": (Rule(SignalKind.COMPLAINT, category_from=_CATEGORIES),),
}
# Short names of labels that are read as if they had been written in full.
SHORT = {"outcome": "airp_outcome"}
SYSTEM_FROM = ("airp_system", "system", "service_name", "job")
# Our label -> the foreign labels it is taken from, the first that is there. Everything else is added up.
LABELS: dict[str, tuple[str, ...]] = {
    "version.model": ("airp_version_model", "gen_ai_response_model", "gen_ai_request_model"),
    "version.prompt": ("airp_version_prompt",),
    "version.guardrail": ("airp_version_guardrail",),
    "version.index": ("airp_version_index",),
    "policy": ("airp_policy", "policy"),
    "pattern": ("airp_pattern", "pattern"),
    "label.service_version": ("service_version",),
    "label.operation": ("gen_ai_operation_name",),
    "label.provider": ("gen_ai_provider_name", "gen_ai_system"),
}
FAILING = frozenset({"fail", "failed", "failing", "bad", "false", "no", "incorrect", "unsafe", "harmful", "violation"})
