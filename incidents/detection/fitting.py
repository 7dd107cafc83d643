"""What does not fit together in a version of a threshold, field by field: each metric's own rules. Reads nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from airp.accounts.time_zones import known_time_zones
from incidents.detection.choices import PATTERNS, WATCHED, Metric
from incidents.detection.parsers.signals import COUNTED_KINDS, SignalKind
from incidents.detection.statistics import MILLION, Op

if TYPE_CHECKING:
    from incidents.detection.versions import ThresholdVersion

Wrong = dict[str, str]
DAY_SECONDS = 86_400
THOUSAND = 1_000
SHORT_PART = 12
MOST_KINDS = 6
LONGEST_PATTERN = 14 * DAY_SECONDS
# What has no number of its own to compare, so that neither a warn limit nor a floor makes sense.
EVENTS = (Metric.TEMPORAL, Metric.TEMPORAL_ORDERED, Metric.ZERO_TOLERANCE, *WATCHED)
CEILINGS_ONLY = (Metric.BURN, Metric.DISTINCT, *PATTERNS, Metric.ZERO_TOLERANCE, *WATCHED)


def misfits(version: "ThresholdVersion") -> Wrong:
    """Field -> what is wrong with it and what would be right; empty when all fits."""
    wrong = _limits(version) | _lines(version) | _pattern(version)
    if version.timezone not in known_time_zones():
        wrong["timezone"] = _("This is no known time zone. Write it like Europe/Berlin, or UTC.")
    own = _OWN.get(Metric(version.metric))
    return wrong | (own(version) if own else {})


def _limits(version: "ThresholdVersion") -> Wrong:
    limit, op = version.limit or 0, Op(version.op)
    if limit < 0 and version.metric != Metric.MEAN:
        return {"limit": _("This cannot be negative.")}
    if op.is_floor and version.metric in CEILINGS_ONLY:
        return {"op": _("This measure fires at more, never at less. Choose more than, or at least.")}
    if limit == 0 and version.metric != Metric.MEAN:
        if op is Op.GTE:
            return {"limit": _("At least 0 is always true.")}
        if op is Op.LT:
            return {"limit": _("Less than 0 is never true.")}
    return {}


def _lines(version: "ThresholdVersion") -> Wrong:
    """The warn line comes before the limit, the clear line on its safe side."""
    wrong: Wrong = {}
    is_floor, limit = Op(version.op).is_floor, version.limit or 0
    if version.warn_limit is not None:
        if version.metric in EVENTS:
            wrong["warn_limit"] = _("This measure has one line only. Leave this empty.")
        elif version.warn_limit <= limit if is_floor else version.warn_limit >= limit:
            wrong["warn_limit"] = (
                _("Warn above the limit: the owner should hear of it before.")
                if is_floor
                else _("Warn below the limit: the owner should hear of it before.")
            )
    if version.clear_limit is not None and (version.clear_limit < limit if is_floor else version.clear_limit > limit):
        wrong["clear_limit"] = (
            _("A floor clears at or above its limit.") if is_floor else _("It clears at or below the limit.")
        )
    return wrong


def _ratio(version: "ThresholdVersion") -> Wrong:
    wrong = _needs_whole(version)
    for field in ("limit", "warn_limit"):
        if (getattr(version, field) or 0) > MILLION:
            wrong[field] = _("A share is at most 1000000 parts per million.")
    return wrong


def _needs_whole(version: "ThresholdVersion") -> Wrong:
    if version.kind in COUNTED_KINDS and not version.denominator_kind:
        return {"denominator_kind": _("Say out of what: every signal of this kind is bad by itself.")}
    return {}


def _mean(version: "ThresholdVersion") -> Wrong:
    if version.confidence != "none" and (version.min_samples or 0) < 2:
        return {"min_samples": _("How sure a mean is can be said from two scores on; thirty are better.")}
    return {}


def _burn(version: "ThresholdVersion") -> Wrong:
    wrong = _needs_whole(version)
    budget = version.budget_ppm or 0
    if not 0 < budget < MILLION:
        wrong["budget_ppm"] = _("Say which share of bad ones may happen in the long run: 1000 is 0.1 %.")
    elif (version.limit or 0) * budget >= MILLION * THOUSAND:
        wrong["limit"] = _("This many times the budget is more than all answers, so it could never fire.")
    if (version.window_seconds or 0) % (SHORT_PART * 60):
        wrong["window_seconds"] = _(
            "The last twelfth of the window is judged as well, in whole minutes: use a multiple of 12 minutes."
        )
    return wrong


def _baseline(version: "ThresholdVersion") -> Wrong:
    wrong: Wrong = {}
    limit, is_floor = version.limit or 0, Op(version.op).is_floor
    if is_floor and limit >= THOUSAND:
        wrong["limit"] = _("A drop is less than once the usual: use less than 1000 thousandths.")
    if not is_floor and limit <= THOUSAND:
        wrong["limit"] = _("A rise is more than once the usual: use more than 1000 thousandths.")
    if not version.floor_count:
        wrong["floor_count"] = _("Say how many there must be. Three times nothing is nothing.")
    if (version.window_seconds or 0) > DAY_SECONDS:
        wrong["window_seconds"] = _("The same hour of past weeks is compared: a window has at most a day (86400).")
    return wrong


def _distinct(version: "ThresholdVersion") -> Wrong:
    return {} if version.value_of else {"value_of": _("Say what is counted once: people or conversations.")}


def _pattern(version: "ThresholdVersion") -> Wrong:
    if version.metric in PATTERNS and (version.window_seconds or 0) > LONGEST_PATTERN:
        return {
            "window_seconds": _(
                "A pattern looks back twice its window, and single events are kept 39 days: use at most 14 days."
            )
        }
    return _kinds(version)


def _kinds(version: "ThresholdVersion") -> Wrong:
    """Only patterns of several kinds have a list of them, and theirs says two or more."""
    listed = version.pattern
    if version.metric not in (Metric.TEMPORAL, Metric.TEMPORAL_ORDERED):
        return {"pattern": _("Only a pattern of several kinds has such a list. Empty it.")} if listed else {}
    if not isinstance(listed, list) or not all(_is_selector(part) for part in listed):
        return {"pattern": _('Write a list like [{"kind": "violation", "category": "refund"}, {"kind": "complaint"}].')}
    if len(listed) < 2:
        return {"pattern": _("A pattern has two kinds or more.")}
    if len(listed) > MOST_KINDS:
        words = _("A pattern has at most %(most)s kinds: each is one more pass over all events, every minute.")
        return {"pattern": words % {"most": MOST_KINDS}}
    return {}


def _is_selector(part: object) -> bool:
    return (
        isinstance(part, dict)
        and part.get("kind") in list(SignalKind)
        and isinstance(part.get("category", ""), str)
        and set(part) <= {"kind", "category"}
    )


def _value_count(version: "ThresholdVersion") -> Wrong:
    if not version.value_of:
        return _distinct(version)
    if version.value_of == version.group_by:
        return {"group_by": _("Different people by each person are always one. Choose another group, or none.")}
    return {}


def _zero_tolerance(version: "ThresholdVersion") -> Wrong:
    if version.for_seconds:
        return {"for_seconds": _("A single one fires at once: use 0.")}
    return {"limit": _("A single one fires: use 1.")} if (version.limit or 0) > 1 else {}


_OWN: dict[Metric, Callable[["ThresholdVersion"], Wrong]] = {
    Metric.RATIO: _ratio,
    Metric.MEAN: _mean,
    Metric.BURN: _burn,
    Metric.BASELINE: _baseline,
    Metric.DISTINCT: _distinct,
    Metric.VALUE_COUNT: _value_count,
    Metric.ZERO_TOLERANCE: _zero_tolerance,
}
