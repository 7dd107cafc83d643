"""Running a back-test that is kept, as what a change of a threshold rests on."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.detection.backtest.looking_back import LookBack, look_back, why_not
from incidents.detection.backtest.outcome import Match, Outcome
from incidents.detection.backtest.records import Backtest
from incidents.detection.backtest.replay import Episode
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion

MOST_EPISODES = 200


def run_backtest(
    threshold: Threshold, fields: Mapping[str, Any], *, days: int, by: User | None, now: datetime
) -> Backtest:
    """Play a rule through the last `days` days and keep what came of it.

    `fields` are those of a threshold version, with ids for relations (`severity_id`, `harm_kind_id`, or their names).
    """
    version = ThresholdVersion.from_rule(fields)
    version.threshold = threshold
    kept = Backtest(threshold=threshold, rule=dict(fields), days=days, made_by=by, made_at=now)
    if reason := why_not(version):
        kept.result = {"why_not": reason}
    else:
        _note(kept, look_back(version, before=threshold.version_at(now), days=days, now=now))
    kept.save(force_insert=True)
    return kept


def _note(kept: Backtest, found: LookBack) -> None:
    kept.starts_at, kept.ends_at, kept.received_to = found.past.begins_at, found.past.end, found.past.received_to
    if found.past.begins_at is None:
        kept.result = {"why_not": str(_("Nothing was counted in this time, so there is no past to play."))}
        return
    kept.per_week = round(found.outcome.per_week, 2)
    kept.result = {
        **_figures(found.outcome),
        "episodes": [_episode(each) for each in found.outcome.episodes[:MOST_EPISODES]],
        "before": _figures(found.before) if found.before else None,
        "newly_fired": len(found.newly),
        "no_longer_fired": len(found.lost),
        "lost_incidents": found.lost_incidents,
        "lost_hidden": found.lost_hidden,
        "warned_count": len(found.warned.episodes) if found.warned else None,
        "late_count": found.past.late,
        "as_known_then": _figures(found.as_known_then) if found.as_known_then else None,
    }


def _figures(outcome: Outcome) -> dict[str, Any]:
    return {
        "days": round(outcome.past.days, 2),
        "per_week": round(outcome.per_week, 2),
        "episode_count": len(outcome.episodes),
        "unprompted_count": len(outcome.unprompted),
        "firing_hours": round(outcome.firing / timedelta(hours=1), 2),
        "blind": {reason: round(share, 6) for reason, share in outcome.blind.items()},
        "hits": _incidents(outcome.hits),
        "misses": _incidents(outcome.misses),
    }


def _incidents(matches: Sequence[Match]) -> list[dict[str, Any]]:
    return [
        {
            "reference": match.known.reference,
            "delay_seconds": None if match.delay is None else int(match.delay.total_seconds()),
        }
        for match in matches
    ]


def _episode(each: Episode) -> list[str | None]:
    """Without its group: what is kept for good names nobody, not even by a hash."""
    return [at.isoformat() if at else None for at in (each.started_at, each.fired_at, each.ended_at)]
