"""What a version would have done: read the past, play it, and hold it against the version in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.detection.backtest.confirmed import confirmed_incidents
from incidents.detection.backtest.outcome import Known, Outcome, matches_of, newly_fired, outcome_of
from incidents.detection.backtest.past import read_past
from incidents.detection.backtest.replay import Episode
from incidents.detection.backtest.stretches import Past
from incidents.detection.backtest.trial import Trial
from incidents.detection.choices import WATCHED, Metric
from incidents.detection.event_rules import OF_SEVERAL_KINDS
from incidents.detection.measuring import Terms
from incidents.detection.statistics import Op
from incidents.detection.versions import ThresholdVersion
from incidents.detection.zero_tolerance import TERMS as ZERO_TERMS

RANGES = (7, 30, 90)
USUAL_RANGE = 30
# What decides which past is read, and what its windows hold.
SELECTORS = (
    *("metric", "kind", "category", "denominator_kind", "denominator_category", "window_seconds", "eval_delay_seconds"),
    *("timezone", "value_of", "group_by", "pattern"),
)


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
    # How many restricted incidents the version in force caught and this one would miss. For the gate, never for a page.
    lost_hidden: int = 0
    warned: Outcome | None = None
    # With only what had arrived when each window was judged; None where nothing came later.
    as_known_then: Outcome | None = None

    @property
    def lost_incidents(self) -> list[str]:
        """Confirmed incidents that the version in force caught and this one misses."""
        if self.before is None:
            return []
        caught = {match.known.reference for match in self.before.hits}
        return [match.known.reference for match in self.outcome.misses if match.known.reference in caught]


def why_not(version: ThresholdVersion) -> str:
    """Why this measure cannot be played through the past; empty where it can."""
    if version.metric in WATCHED:
        return _("This is watched by events. There are no counts that could be played again.")
    return ""


def look_back(
    version: ThresholdVersion, *, before: ThresholdVersion | None = None, days: int, now: datetime
) -> LookBack:
    """As many queries for any range: the past, silences, incidents; and the past that another rule reads."""
    past = read_past(version, days=days, now=now)
    known = confirmed_incidents(version, since=past.asked_from)
    incidents, hidden = [each for each in known if each.reference], [each for each in known if not each.reference]
    trial = trial_of(version)
    outcome = outcome_of(trial, past, incidents)
    before_outcome, lost_hidden = None, 0
    if before is not None and not why_not(before):
        has_same_past = all(getattr(before, name) == getattr(version, name) for name in SELECTORS)
        before_past = past if has_same_past else read_past(before, days=days, now=now)
        before_outcome = outcome_of(trial_of(before), before_past, incidents)
        lost_hidden = _lost(hidden, before_outcome, outcome)
    return LookBack(
        lost_hidden=lost_hidden,
        trial=trial,
        past=past,
        incidents=incidents,
        outcome=outcome,
        before=before_outcome,
        newly=newly_fired(outcome, before_outcome) if before_outcome else [],
        lost=newly_fired(before_outcome, outcome) if before_outcome else [],
        warned=outcome_of(trial.warned, past, incidents, has_blindness=False) if trial.warned else None,
        as_known_then=outcome_of(trial, then, incidents, has_blindness=False) if (then := past.as_known_then) else None,
    )


def _lost(hidden: Sequence[Known], before: Outcome, after: Outcome) -> int:
    """How many were caught before and would be missed."""
    return sum(
        match.fired_at is None and is_hit
        for match, is_hit in zip(
            matches_of(hidden, after), (each.fired_at is not None for each in matches_of(hidden, before)), strict=True
        )
    )


def trial_of(version: ThresholdVersion) -> Trial:
    return Trial(
        terms=_terms(version),
        window_seconds=version.window_seconds,
        for_seconds=version.for_seconds,
        keep_firing_seconds=version.keep_firing_seconds,
        eval_delay_seconds=version.eval_delay_seconds,
        no_data=version.no_data,
    )


def _terms(version: ThresholdVersion) -> Terms:
    """A pattern of several kinds is over once all of them are there, and zero tolerance with a single one."""
    if version.metric in OF_SEVERAL_KINDS:
        return Terms(version.metric, Op.GTE, len(version.pattern), len(version.pattern))
    return ZERO_TERMS if version.metric == Metric.ZERO_TOLERANCE else version.terms
