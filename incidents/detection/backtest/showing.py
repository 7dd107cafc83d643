"""A back-test in words, figures and pictures, as its page shows it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.web import times
from incidents.detection import wording
from incidents.detection.backtest.drawing import draw, draw_curve
from incidents.detection.backtest.looking_back import LookBack
from incidents.detection.backtest.outcome import Match, Outcome
from incidents.detection.backtest.replay import Episode
from incidents.detection.backtest.sensitivity import curve
from incidents.detection.backtest.suggesting import WORSE, Candidate, suggestions
from incidents.detection.quantities import SCALES, typed
from incidents.detection.retention import KEEP_EVENTS
from incidents.detection.statistics import MILLION
from incidents.detection.step import Reason

ROWS = 10
MOST_GROUPS_CURVED = 300
# What has no number to set: all the kinds of a pattern, or a single event.
ONE_LINE = ("temporal", "temporal_ordered", "zero_tolerance")
GROUP_WORDS = {
    "person": lambda: _("Different people"),
    "conversation": lambda: _("Different conversations"),
    "version": lambda: _("Different versions"),
}
BLIND_WORDS = {
    Reason.NO_DATA.value: lambda: _("no data"),
    Reason.BELOW_MINIMUM.value: lambda: _("too few to judge"),
    Reason.SHORT_BASELINE.value: lambda: _("too few past weeks to compare with"),
    Reason.INVALID.value: lambda: _("more bad ones than answers"),
}


def shown(found: LookBack, *, now: datetime) -> dict[str, Any]:
    """Everything that the page needs of a back-test but the suggestions."""
    outcome = found.outcome
    if found.past.begins_at is None:
        return {"is_empty": True}
    drawing = draw(outcome, found.warned)
    return {
        "drawing": drawing,
        "starts": times.short(found.past.begins_at, now=now),
        "ends": times.short(found.past.end, now=now),
        "top_words": amount(outcome, drawing.chart.top_value),
        "limit_words": amount(outcome, outcome.trial.terms.limit),
        "warn_words": amount(outcome, outcome.trial.terms.warn_limit or 0) if found.warned else "",
        "chart_words": _chart_words(found, drawing.highest),
        "figures": _figures(found),
        "notes": _notes(found, now=now),
        "before": _before(found),
        "episodes": [_episode(each) for each in reversed(outcome.episodes[-ROWS:])],
        "episodes_left_out": max(len(outcome.episodes) - ROWS, 0),
        "matches": [_match(match) for match in reversed(outcome.matches[-ROWS:])],
        "curve": _curve(found),
    }


def suggested(found: LookBack) -> dict[str, Any]:
    """The candidates for the limit, and how they came about in a sentence."""
    usual, candidates = suggestions(found.trial, found.past, found.incidents)
    words = {
        "usual": amount(found.outcome, usual.value),
        "n": usual.n,
        "days": _number(found.past.days),
        "worse": WORSE,
    }
    why = _(
        "From %(days)s days in which the usual window held %(usual)s. Times of confirmed incidents were left out."
        " Limits were chosen on the first 70 %% of the days and checked on the rest. Suggested is the lowest one with"
        " at most one false alarm a month in both. The last column says how long %(worse)s times the usual would"
        " need to be seen."
    )
    return {"rows": [_candidate(found.outcome, each) for each in candidates], "why": why % words}


def amount(outcome: Outcome, value: float) -> str:
    """A value in the unit of the limit; what is measured gets fewer places than what is set."""
    metric = outcome.trial.terms.metric
    if metric == "ratio" and value not in (outcome.trial.terms.limit,):
        return wording.rounded_percent(round(value), MILLION)
    return wording.limit(metric=metric, amount=round(value))


def _figures(found: LookBack) -> list[dict[str, str]]:
    outcome = found.outcome
    hits, all_of = len(outcome.hits), len(outcome.matches)
    delays = [match.delay for match in outcome.hits if match.delay is not None]
    caught = _("%(hits)s of %(all)s") % {"hits": hits, "all": all_of} if all_of else "—"
    delay = wording.rough_duration(int(median(each.total_seconds() for each in delays))) if delays else "—"
    return [
        {"label": _("Would have fired"), "value": _times(len(outcome.episodes))},
        {"label": _("A week"), "value": _number(outcome.per_week)},
        *_groups_and_warnings(found),
        {"label": _("Firing in all"), "value": _hours(outcome.firing)},
        {"label": _("Confirmed incidents caught"), "value": caught},
        {"label": _("Median delay"), "value": delay},
        {"label": _("At no confirmed incident"), "value": _times(len(outcome.unprompted))},
        {"label": _("Blind"), "value": _blind(outcome)},
        {"label": _("With what was known then"), "value": _known_then(found)},
    ]


def _groups_and_warnings(found: LookBack) -> list[dict[str, str]]:
    """What not every rule has: different groups that fired, and a warn limit."""
    shown = []
    if found.outcome.group_count:
        key = found.outcome.episodes[0].group_key.partition(":")[0]
        shown.append({"label": GROUP_WORDS[key](), "value": str(found.outcome.group_count)})
    if found.warned is not None:
        shown.append({"label": _("Would have warned"), "value": _times(len(found.warned.episodes))})
    return shown


def _known_then(found: LookBack) -> str:
    """How often it would have fired without what came only later."""
    then = found.as_known_then
    if then is None or _moments(then) == _moments(found.outcome):
        return _("the same")
    return _times(len(then.episodes))


def _moments(outcome: Outcome) -> list[tuple[datetime, datetime | None]]:
    return [(each.fired_at, each.ended_at) for each in outcome.episodes]


def _notes(found: LookBack, *, now: datetime) -> list[str]:
    """What limits the picture: where it begins, what rests on hours, what cannot be said."""
    past, notes = found.past, []
    if past.is_cut:
        words = _(
            "Single events are kept for %(kept)s days, and the first windows need some of them: %(days)s days could be"
            " played."
        )
        notes.append(words % {"kept": KEEP_EVENTS.days, "days": _number(past.days)})
    elif past.begins_at and past.begins_at - past.asked_from > timedelta(days=1):
        words = _("Signals begin at %(at)s, so only %(days)s days could be played.")
        notes.append(words % {"at": times.short(past.begins_at, now=now), "days": _number(past.days)})
    if past.has_hours:
        words = _(
            "Before %(at)s only hours are kept: there the rule is judged once an hour, with a window of at least one."
        )
        notes.append(words % {"at": times.short(past.minutes_from, now=now)})
    notes += _late_notes(found)
    if found.outcome.blind_share > 0.5:
        notes.append(_("Most of the time it could not judge. A longer window or a smaller minimum would help."))
    if not found.outcome.matches:
        notes.append(_("No confirmed incident of this system falls into this time, so hits and misses are unknown."))
    return notes


def _late_notes(found: LookBack) -> list[str]:
    """What came after its window was judged, and what can't be said of it."""
    past, notes = found.past, []
    if found.as_known_then is not None:
        words = ngettext(
            "%(count)s count came after its window was judged. This picture has it, the live rule did not.",
            "%(count)s counts came after their windows were judged. This picture has them, the live rule did not.",
            past.late,
        )
        notes.append(words % {"count": past.late})
    if past.partly_late:
        words = ngettext(
            "%(count)s minute came in parts, some of them late. How much came when is not kept, so it counts as known"
            " from its first signal on.",
            "%(count)s minutes came in parts, some of them late. How much came when is not kept, so they count as known"
            " from their first signal on.",
            past.partly_late,
        )
        notes.append(words % {"count": past.partly_late})
    return notes


def _before(found: LookBack) -> str:
    if found.before is None:
        return ""
    words = _(
        "The version in force would have fired %(times)s, %(week)s a week. This one would newly fire %(newly)s and no"
        " longer fire %(lost)s."
    )
    values = {
        "times": _times(len(found.before.episodes)),
        "week": _number(found.before.per_week),
        "newly": _times(len(found.newly)),
        "lost": _times(len(found.lost)),
    }
    if not found.newly and not found.lost:
        words = _("The version in force would have fired %(times)s, %(week)s a week, at the same moments.")
    said = words % values
    if found.lost_incidents:
        missed = _("It would miss what the version in force caught: %(references)s.")
        said += " " + missed % {"references": ", ".join(found.lost_incidents)}
    return said


def _chart_words(found: LookBack, highest: float | None) -> str:
    outcome = found.outcome
    if highest is None:
        return _("There was not enough data in this time to judge anything.")
    extreme = _("Lowest %(value)s") if outcome.trial.terms.op.is_floor else _("Highest %(value)s")
    said = extreme % {"value": amount(outcome, highest)}
    words = _("%(extreme)s, limit %(limit)s. Shaded is when it would have fired: %(times)s.")
    limit = amount(outcome, outcome.trial.terms.limit)
    said = words % {"extreme": said, "limit": limit, "times": _times(len(outcome.episodes))}
    if found.warned is None:
        return said
    words = _("Marked on the base line is when it would have warned: %(times)s.")
    return said + " " + words % {"times": _times(len(found.warned.episodes))}


def _episode(each: Episode) -> dict[str, Any]:
    lasted = wording.rough_duration(int((each.ended_at - each.fired_at).total_seconds())) if each.ended_at else ""
    return {"started_at": each.started_at, "fired_at": each.fired_at, "lasted": lasted}


def _match(match: Match) -> dict[str, Any]:
    delay = "" if match.delay is None else wording.rough_duration(int(match.delay.total_seconds()))
    return {"known": match.known, "is_hit": match.fired_at is not None, "delay": delay}


def _curve(found: LookBack) -> dict[str, Any] | None:
    """None where there is no number to turn, and where so many groups match that it would take too long."""
    terms, groups = found.trial.terms, found.past.groups
    if terms.metric in ONE_LINE or (terms.limit <= 1 and terms.metric not in SCALES):
        return None
    if groups is not None and groups.count(terms.limit // 2) > MOST_GROUPS_CURVED:
        return None
    steps = curve(found.trial, found.past, found.incidents)
    return {
        "drawing": draw_curve([(percent, outcome.per_week) for percent, outcome in steps]),
        "rows": [_step(percent, outcome) for percent, outcome in steps],
        "first": amount(steps[0][1], steps[0][1].trial.terms.limit),
        "last": amount(steps[-1][1], steps[-1][1].trial.terms.limit),
    }


def _step(percent: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "change": f"{percent:+d} %" if percent else _("this limit"),
        "limit": amount(outcome, outcome.trial.terms.limit),
        "per_week": _number(outcome.per_week),
        "hits": len(outcome.hits),
        "misses": len(outcome.misses),
        "is_now": percent == 0,
    }


def _candidate(outcome: Outcome, each: Candidate) -> dict[str, Any]:
    terms = outcome.trial.terms
    seen = wording.rough_duration(int(each.detects_after.total_seconds())) if each.detects_after else _("not seen")
    return {
        "limit": wording.limit(metric=terms.metric, amount=each.limit),
        "typed": typed(each.limit, SCALES.get(terms.metric, 1)),
        "chosen": _number(each.chosen_a_month),
        "checked": _number(each.checked_a_month),
        "hit": each.hit,
        "known": each.hit + each.missed,
        "seen": seen,
        "is_suggested": each.is_suggested,
    }


def _blind(outcome: Outcome) -> str:
    parts: Sequence[tuple[str, float]] = sorted(outcome.blind.items(), key=lambda pair: -pair[1])
    if not parts:
        return _("never")
    reasons = ", ".join(BLIND_WORDS[reason]() for reason, _share in parts)
    return f"{wording.rounded_percent(round(outcome.blind_share * MILLION), MILLION)} ({reasons})"


def _times(count: int) -> str:
    if not count:
        return _("never")
    return ngettext("%(count)s time", "%(count)s times", count) % {"count": count}


def _hours(stretch: timedelta) -> str:
    return wording.rough_duration(int(stretch.total_seconds())) if stretch else "—"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
