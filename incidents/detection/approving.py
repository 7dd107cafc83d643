"""When a change of a threshold needs a second person: it loosens, floods, or would have missed a confirmed incident.

Pure: takes what two versions say and what a back-test forecast, and names the grounds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CERTAINTIES = ("none", "90", "95", "99")
WHAT_IS_MEASURED = (
    *("metric", "op", "kind", "category", "denominator_kind", "denominator_category"),
    *("pattern", "group_by", "value_of"),
)
FALLING = frozenset({"lt", "lte"})


class Ground(StrEnum):
    """Why one person is not enough."""

    MORE_THAN_DOUBLE = "more_than_double"
    LOSES_INCIDENT = "loses_incident"
    LOSES_HIDDEN_INCIDENT = "loses_hidden_incident"
    OTHER_MEASURE = "other_measure"
    LIMIT_LOOSENED = "limit_loosened"
    MINIMUM_RAISED = "minimum_raised"
    FOR_LENGTHENED = "for_lengthened"
    CERTAINTY_RAISED = "certainty_raised"
    MISSING_IS_FINE = "missing_is_fine"
    SEVERITY_LOWERED = "severity_lowered"
    STOPS_JUDGING = "stops_judging"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a back-test says about a change: breaches a week before and after it, and the incidents it would miss.

    `lost_hidden` is how many of them are restricted. It decides whether a second person is asked and is not kept.
    """

    days: int
    per_week: float
    per_week_before: float | None = None
    lost_incidents: Sequence[str] = ()
    lost_hidden: int = 0

    @property
    def as_facts(self) -> dict[str, Any]:
        return {
            "days": self.days,
            "per_week": self.per_week,
            "per_week_before": self.per_week_before,
            "lost_incidents": list(self.lost_incidents),
        }


def grounds_for(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    rank_before: int,
    rank_after: int,
    forecast: Forecast | None,
) -> list[Ground]:
    """Why this change of a rule needs a second person; empty when it does not. Rank 1 is the worst severity."""
    found = [*_forecast_grounds(forecast), *_loosenings(before, after)]
    if rank_after > rank_before:
        found.append(Ground.SEVERITY_LOWERED)
    return found


def _forecast_grounds(forecast: Forecast | None) -> list[Ground]:
    if forecast is None:
        return []
    found = []
    if forecast.per_week_before is not None and forecast.per_week > 2 * max(forecast.per_week_before, 0.5):
        found.append(Ground.MORE_THAN_DOUBLE)
    if forecast.lost_incidents:
        found.append(Ground.LOSES_INCIDENT)
    if forecast.lost_hidden:
        found.append(Ground.LOSES_HIDDEN_INCIDENT)
    return found


def _loosenings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Ground]:
    if any(before.get(name) != after.get(name) for name in WHAT_IS_MEASURED):
        return [Ground.OTHER_MEASURE]
    is_falling = after["op"] in FALLING
    limit_is_looser = after["limit"] < before["limit"] if is_falling else after["limit"] > before["limit"]
    checks = [
        (Ground.LIMIT_LOOSENED, limit_is_looser),
        (Ground.MINIMUM_RAISED, after["min_samples"] > before["min_samples"]),
        (Ground.FOR_LENGTHENED, after["for_seconds"] > before["for_seconds"]),
        (Ground.CERTAINTY_RAISED, _certainty(after) > _certainty(before)),
        (Ground.MISSING_IS_FINE, after["no_data"] == "ok" and before["no_data"] != "ok"),
    ]
    return [ground for ground, is_so in checks if is_so]


def _certainty(rule: Mapping[str, Any]) -> int:
    return CERTAINTIES.index(rule["confidence"])
