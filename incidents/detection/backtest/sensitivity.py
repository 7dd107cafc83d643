"""How much hangs on the limit: the same rule with limits from half to one and a half times its own. Pure."""

from collections.abc import Sequence

from incidents.detection.backtest.outcome import Known, Outcome, outcome_of
from incidents.detection.backtest.stretches import Past
from incidents.detection.backtest.trial import Trial

STEPS_PERCENT = tuple(range(-50, 51, 10))


def curve(trial: Trial, past: Past, incidents: Sequence[Known]) -> list[tuple[int, Outcome]]:
    """What the rule would have done, by percent of change of its limit. Limits that round to the same stand once."""
    limits = {round(trial.terms.limit * (100 + percent) / 100): percent for percent in reversed(STEPS_PERCENT)}
    limits[trial.terms.limit] = 0
    return [
        (percent, outcome_of(trial.with_limit(limit), past, incidents, has_blindness=False))
        for limit, percent in sorted(limits.items(), key=lambda pair: pair[1])
    ]
