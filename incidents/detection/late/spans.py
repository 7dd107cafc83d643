"""Stretches of minutes that changed after their windows were judged. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes from `first` to `last`, both included, of which one or more changed, at most `lag` after they ended."""

    first: datetime
    last: datetime
    lag: timedelta

    def touches(self, starts: datetime, ends: datetime) -> bool:
        """Whether a minute of it lies in the stretch of time."""
        return self.first < ends and self.last >= starts

    @property
    def as_json(self) -> list[str | int]:
        return [self.first.isoformat(), self.last.isoformat(), int(self.lag.total_seconds())]

    @classmethod
    def of_json(cls, values: Sequence[Any]) -> Self:
        first, last, seconds = values
        return cls(datetime.fromisoformat(first), datetime.fromisoformat(last), timedelta(seconds=seconds))

    @classmethod
    def noted(cls, first: datetime, last: datetime, at: datetime) -> Self:
        return cls(first, last, max(at - first - MINUTE, timedelta(0)))


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order of time, with those that overlap or follow one another made one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.first <= found[-1].last + MINUTE:
            before = found.pop()
            span = Span(before.first, max(before.last, span.last), max(before.lag, span.lag))
        found.append(span)
    return found
