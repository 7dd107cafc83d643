"""The whole rule of a threshold as one sentence that explains itself. Takes values, not models; reads nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from incidents.detection.parsers.signals import SignalKind
from incidents.detection.wording import duration, limit, percent, plurals, singulars, watched


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What a sentence needs to know of a version."""

    metric: str
    op: str
    amount: int
    kind: str
    category: str
    min_samples: int
    confidence: str
    window_seconds: int
    for_seconds: int = 0
    warn_amount: int | None = None
    value_of: str = ""
    group_by: str = ""
    pattern: Sequence[Mapping[str, str]] = ()
    budget_ppm: int = 0
    floor_count: int = 0
    timezone: str = "UTC"

    @property
    def about(self) -> str:
        return _named(plurals()[SignalKind(self.kind)], self.category)

    @property
    def is_floor(self) -> bool:
        return self.op in ("lt", "lte")


def sentence(rule: RuleWords) -> str:
    """Begins with "fires when", so that "This threshold" can stand before it."""
    if rule.metric in ("alert", "silence"):
        return watched(rule.metric)
    parts = [_main(rule)]
    if rule.confidence != "none" and rule.metric in ("ratio", "mean", "burn"):
        parts.append(_("%(confidence)s %% sure") % {"confidence": rule.confidence})
    if rule.for_seconds:
        parts.append(_("for %(time)s without a break") % {"time": duration(rule.for_seconds)})
    if rule.warn_amount is not None:
        words = {"beyond": beyond(rule.op), "limit": limit(metric=rule.metric, amount=rule.warn_amount)}
        parts.append(_("and warns its owner at %(beyond)s %(limit)s") % words)
    return ", ".join(parts)


def beyond(op: str) -> str:
    return {"gte": _("at least"), "gt": _("more than"), "lt": _("less than"), "lte": _("at most")}[op]


def _main(rule: RuleWords) -> str:
    words = {
        "beyond": beyond(rule.op),
        "limit": limit(metric=rule.metric, amount=rule.amount),
        "about": rule.about,
        "window": duration(rule.window_seconds),
        "short": duration(rule.window_seconds // 12),
        "minimum": str(max(rule.min_samples, 1)),
        "values": _values(rule.value_of),
        "group": _group(rule.group_by),
        "budget": percent(rule.budget_ppm),
        "floor": str(rule.floor_count),
        "zone": rule.timezone,
        "single": _named(singulars()[SignalKind(rule.kind)], rule.category),
        "kinds": "; ".join(_kinds_of(rule.pattern)),
    }
    name = "baseline_drop" if rule.metric == "baseline" and rule.is_floor else rule.metric
    return _rules()[name] % words


def _rules() -> dict[str, str]:
    return {
        "ratio": _("fires when %(beyond)s %(limit)s of at least %(minimum)s answers in %(window)s are %(about)s"),
        "count": _("fires when %(beyond)s %(limit)s %(about)s are counted in %(window)s"),
        "distinct": _("fires when %(about)s of %(beyond)s %(limit)s different %(values)s are counted in %(window)s"),
        "mean": _("fires when the mean of at least %(minimum)s scores in %(window)s is %(beyond)s %(limit)s"),
        "burn": _(
            "fires when %(about)s among at least %(minimum)s answers use up %(beyond)s %(limit)s of %(budget)s,"
            " in %(window)s and still in the last %(short)s"
        ),
        "baseline": _(
            "fires when %(about)s in %(window)s are at least %(floor)s and %(beyond)s %(limit)s of the same hour in"
            " the past four weeks (%(zone)s), and chance alone explains less than 1 in 1,000 of such rises"
        ),
        "baseline_drop": _(
            "fires when %(about)s in %(window)s are %(beyond)s %(limit)s of the same hour in the past four weeks"
            " (%(zone)s), where at least %(floor)s are usual, and chance alone explains less than 1 in 1,000 of"
            " such drops"
        ),
        "event_count": _("fires when %(beyond)s %(limit)s %(about)s come %(group)s within %(window)s"),
        "value_count": _(
            "fires when %(about)s of %(beyond)s %(limit)s different %(values)s come %(group)s within %(window)s"
        ),
        "temporal": _("fires when all of these come %(group)s within %(window)s: %(kinds)s"),
        "temporal_ordered": _("fires when these come in this order %(group)s within %(window)s: %(kinds)s"),
        "zero_tolerance": _("fires at once at a single signal: %(single)s"),
    }


def _kinds_of(pattern: Sequence[Mapping[str, str]]) -> list[str]:
    return [
        _named(plurals()[SignalKind(part["kind"])], str(part.get("category") or ""))
        for part in pattern
        if part.get("kind") in SignalKind
    ]


def _values(value_of: str) -> str:
    return _("conversations") if value_of == "conversation" else _("people")


def _group(group_by: str) -> str:
    return {
        "person": _("from the same person"),
        "conversation": _("in the same conversation"),
        "version": _("from the same model version"),
    }.get(group_by, _("together"))


def _named(name: str, category: str) -> str:
    return f"{name} ({category})" if category else name
