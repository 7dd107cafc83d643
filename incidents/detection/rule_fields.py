"""Which fields each measure needs, and in which groups the form shows them."""

from incidents.detection.choices import Metric

SELECTOR = ("kind", "category")
DENOMINATOR = ("denominator_kind", "denominator_category")
CERTAINTY = ("min_samples", "confidence")
TIMING = ("for_time", "clear_limit", "keep_firing", "warn_limit", "no_data", "eval_delay")

_MEASURED: dict[Metric, tuple[str, ...]] = {
    Metric.RATIO: (*SELECTOR, *DENOMINATOR),
    Metric.COUNT: SELECTOR,
    Metric.DISTINCT: (*SELECTOR, "value_of"),
    Metric.MEAN: SELECTOR,
    Metric.BASELINE: (*SELECTOR, *DENOMINATOR),
    Metric.BURN: (*SELECTOR, *DENOMINATOR, "budget"),
    Metric.EVENT_COUNT: (*SELECTOR, "group_by"),
    Metric.VALUE_COUNT: (*SELECTOR, "group_by", "value_of"),
    Metric.TEMPORAL: ("pattern", "group_by"),
    Metric.TEMPORAL_ORDERED: ("pattern", "group_by"),
    Metric.ZERO_TOLERANCE: SELECTOR,
    Metric.ALERT: ("category",),
    Metric.SILENCE: (),
}
_FIRES: dict[Metric, tuple[str, ...]] = {
    Metric.RATIO: ("op", "limit", "window", *CERTAINTY),
    Metric.COUNT: ("op", "limit", "window"),
    Metric.DISTINCT: ("op", "limit", "window"),
    Metric.MEAN: ("op", "limit", "window", *CERTAINTY),
    Metric.BASELINE: ("op", "limit", "window", "floor_count", "timezone"),
    Metric.BURN: ("op", "limit", "window", *CERTAINTY),
    Metric.EVENT_COUNT: ("op", "limit", "window"),
    Metric.VALUE_COUNT: ("op", "limit", "window"),
    Metric.TEMPORAL: ("window",),
    Metric.TEMPORAL_ORDERED: ("window",),
    Metric.ZERO_TOLERANCE: ("window",),
    Metric.ALERT: (),
    Metric.SILENCE: (),
}
_TIMED = (Metric.RATIO, Metric.COUNT, Metric.DISTINCT, Metric.MEAN, Metric.BASELINE, Metric.BURN)
FORCED = ("severity", "harm_kind", "cooldown", "dedup_template", "reason")


def measured_fields(metric: Metric) -> tuple[str, ...]:
    """What is counted, and out of what."""
    return ("metric", *_MEASURED[metric])


def firing_fields(metric: Metric) -> tuple[str, ...]:
    return _FIRES[metric]


def timing_fields(metric: Metric) -> tuple[str, ...]:
    """What most people leave as it is."""
    return TIMING if metric in _TIMED else ()


def fields_for(metric: Metric) -> tuple[str, ...]:
    return (*measured_fields(metric), *firing_fields(metric), *timing_fields(metric), *FORCED)
