"""Which version judged which ticks of the past, and in which mode. Pure but for the model's fields."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.detection.choices import JUDGED
from incidents.detection.late.spans import MINUTE
from incidents.detection.versions import ThresholdVersion

Moded = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Segment:
    """Ticks from the first to the last that one version judged in one mode."""

    version: ThresholdVersion
    mode: str
    first_tick: datetime
    last_tick: datetime

    @property
    def delay(self) -> timedelta:
        return timedelta(seconds=self.version.eval_delay_seconds)

    @property
    def starts(self) -> datetime:
        """Data time of the first tick."""
        return self.first_tick - self.delay

    @property
    def ends(self) -> datetime:
        return self.last_tick - self.delay

    @property
    def is_judged(self) -> bool:
        return self.mode in JUDGED


def segments(
    versions: Sequence[ThresholdVersion], modes: Sequence[Moded], *, first_tick: datetime, last_tick: datetime
) -> list[Segment]:
    """The ticks between two, oldest first. Versions in order of coming into force, modes of being set.

    What is not known of a mode before it was recorded first was as it was recorded then.
    """
    changes = {_tick_from(version.effective_from) for version in versions} | {_tick_from(at) for at, _mode in modes}
    begins = sorted({first_tick} | {tick for tick in changes if first_tick < tick <= last_tick})
    ends = [tick - MINUTE for tick in begins[1:]] + [last_tick]
    found: list[Segment] = []
    for begin, end in zip(begins, ends, strict=True):
        version = _last(((each.effective_from, each) for each in versions), begin)
        if version is None or begin > end:
            continue
        mode = _last(modes, begin) or (modes[0][1] if modes else version.threshold.mode)
        if found and (found[-1].version, found[-1].mode) == (version, mode):
            begin = found.pop().first_tick
        found.append(Segment(version, mode, begin, end))
    return found


def _last[T](dated: Iterable[tuple[datetime, T]], moment: datetime) -> T | None:
    found = None
    for at, value in dated:
        if at <= moment:
            found = value
    return found


def _tick_from(moment: datetime) -> datetime:
    """The first tick at or after a moment."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + MINUTE
