"""A rule on trial: what a threshold version demands and how long it waits, without the database. Pure."""

from dataclasses import dataclass, replace
from datetime import timedelta

from incidents.detection.measuring import Terms
from incidents.detection.step import NoData, Rule

# What the buckets of the past can answer.
JUDGED_METRICS = frozenset({"ratio", "count", "mean", "burn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Terms for the verdict, seconds for windows and timers."""

    terms: Terms
    window_seconds: int
    for_seconds: int = 0
    keep_firing_seconds: int = 0
    eval_delay_seconds: int = 0
    no_data: str = NoData.HOLD.value

    @property
    def rule(self) -> Rule:
        return Rule(
            for_time=timedelta(seconds=self.for_seconds),
            keep_firing=timedelta(seconds=self.keep_firing_seconds),
            no_data=NoData(self.no_data),
        )

    def with_limit(self, limit: int) -> "Trial":
        """The same rule with another limit; the clear limit keeps its distance in proportion."""
        terms = self.terms
        clear_limit = terms.clear_limit * limit // terms.limit if terms.limit else min(terms.clear_limit, limit)
        return replace(self, terms=replace(terms, limit=limit, clear_limit=clear_limit))
