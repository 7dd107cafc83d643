"""What a version would have done: read the past, play it, and hold it against the version in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.detection.backtest.confirmed import confirmed_incidents
from incidents.detection.backtest.outcome import Known, Outcome, newly_fired, outcome_of
from incidents.detection.backtest.past import read_past
from incidents.detection.backtest.replay import Episode
from incidents.detection.backtest.stretches import Past
from incidents.detection.backtest.trial import JUDGED_METRICS, Trial
from incidents.detection.choices import PATTERNS, WATCHED, Metric
from incidents.detection.versions import ThresholdVersion

RANGES = (7, 30, 90)
USUAL_RANGE = 30
SELECTORS = ("kind", "category", "denominator_kind", "denominator_category", "window_seconds", "eval_delay_seconds")


@dataclass(frozen=True, slots=True)
class LookBack:
    """One version over one past, beside the version in force over the same."""

    trial: Trial
    past: Past
    incidents: Sequence[Known]
    outcome: Outcome
    before: Outcome | None
    newly: Sequence[Episode]
    lost: Sequence[Episode]

    @property
    def lost_incidents(self) -> list[str]:
        """Confirmed incidents that the version in force caught and this one misses."""
        if self.before is None:
            return []
        caught = {match.known.reference for match in self.before.hits}
        return [match.known.reference for match in self.outcome.misses if match.known.reference in caught]


def why_not(version: ThresholdVersion) -> str:
    """Why this measure cannot be played through the past; empty where it can."""
    metric = Metric(version.metric)
    if metric in JUDGED_METRICS:
        return ""
    if metric in WATCHED:
        return _("This is watched by events. There are no counts that could be played again.")
    if metric in PATTERNS or metric == Metric.DISTINCT:
        return _(
            "Who was affected is kept only for as long as this measure's window needs, so its past cannot be played"
            " again. Save it in shadow: it then judges and records without asking anybody."
        )
    return _("This measure cannot be played through the past yet. Save it in shadow and see what it would do.")


def look_back(
    version: ThresholdVersion, *, before: ThresholdVersion | None = None, days: int, now: datetime
) -> LookBack:
    """Three queries at most: the past, the incidents, and the past of the version in force where it reads another."""
    past = read_past(version, days=days, now=now)
    incidents = confirmed_incidents(version, since=past.asked_from)
    trial = trial_of(version)
    outcome = outcome_of(trial, past, incidents)
    before_outcome = None
    if before is not None and not why_not(before):
        has_same_past = all(getattr(before, name) == getattr(version, name) for name in SELECTORS)
        before_past = past if has_same_past else read_past(before, days=days, now=now)
        before_outcome = outcome_of(trial_of(before), before_past, incidents)
    return LookBack(
        trial=trial,
        past=past,
        incidents=incidents,
        outcome=outcome,
        before=before_outcome,
        newly=newly_fired(outcome, before_outcome) if before_outcome else [],
        lost=newly_fired(before_outcome, outcome) if before_outcome else [],
    )


def trial_of(version: ThresholdVersion) -> Trial:
    return Trial(
        terms=version.terms,
        window_seconds=version.window_seconds,
        for_seconds=version.for_seconds,
        keep_firing_seconds=version.keep_firing_seconds,
        eval_delay_seconds=version.eval_delay_seconds,
        no_data=version.no_data,
    )
