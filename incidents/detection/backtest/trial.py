"""A rule on trial: what a threshold version demands and how long it waits, without the database. Pure."""

from dataclasses import dataclass, replace
from datetime import timedelta

from incidents.detection.measuring import WARN, Terms
from incidents.detection.step import NoData, Rule

ACT = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Terms for the verdict, seconds for windows and timers."""

    terms: Terms
    window_seconds: int
    for_seconds: int = 0
    keep_firing_seconds: int = 0
    eval_delay_seconds: int = 0
    no_data: str = NoData.HOLD.value
    band: str = ACT

    @property
    def line(self) -> tuple[int, int]:
        """The limit of the band on trial, and where it clears."""
        return self.terms.line(self.band)

    @property
    def least(self) -> int:
        """The lower one of both limits: groups of a pattern are looked at from there on, for either band."""
        return self.terms.limit if self.terms.warn_limit is None else min(self.terms.limit, self.terms.warn_limit)

    @property
    def warned(self) -> "Trial | None":
        """The same rule at its warn limit; None where it has none."""
        return None if self.terms.warn_limit is None else replace(self, band=WARN)

    @property
    def other_bands(self) -> "list[Trial]":
        if self.terms.warn_limit is None:
            return []
        return [replace(self, band=ACT if self.band == WARN else WARN)]

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
