"""What pages say about windows that were judged again."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.web import times
from incidents.detection.late.records import LateRun, Rejudging
from incidents.detection.thresholds import Threshold

ROWS = 8


def late_runs(threshold: Threshold, *, now: datetime) -> dict[str, Any] | None:
    """The newest late runs of a threshold, and since when one waits; None where there is neither. Two queries."""
    rows = [_row(run, now=now) for run in threshold.late_runs.order_by("-number")[:ROWS]]
    waiting = Rejudging.objects.filter(threshold=threshold).values_list("noted_at", flat=True).first()
    return {"rows": rows, "waits_since": waiting} if rows or waiting else None


def _row(run: LateRun, *, now: datetime) -> dict[str, Any]:
    first, last = times.short(run.first_minute, now=now), times.short(run.last_minute, now=now)
    return {
        "number": run.number,
        "minutes": first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last},
        "lag": times.span(run.lag.total_seconds()),
        "result": _result(run),
        "has_news": bool(run.found_count or run.revised_count or run.error),
        "finished_at": run.finished_at,
    }


def _result(run: LateRun) -> str:
    if run.error:
        return _("could not be judged again; its owner was told")
    found = ngettext("%(n)d missed breach found", "%(n)d missed breaches found", run.found_count)
    revised = ngettext("evidence of %(n)d breach revised", "evidence of %(n)d breaches revised", run.revised_count)
    told = [(found, run.found_count), (revised, run.revised_count)]
    return ", ".join(words % {"n": count} for words, count in told if count) or _("nothing changed")
