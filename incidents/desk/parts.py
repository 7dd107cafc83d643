"""The parts of the incident page below its first screen: what other packages show, folded to a line unless something
in it presses, and the bar that leads to each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from airp.web.folds import Choices, Fold
from incidents.desk.timeline_filter import TimelineFilter
from incidents.response.clocks import Clock
from incidents.response.models import Incident
from incidents.response.work import WorkItem

TIMES = Fold(name="times", title="")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the panels have read: how each is drawn, its line in the bar, promises, and what the reader owes."""

    panels: list[SafeString]
    folds: list[Fold]
    clocks: list[Clock]
    owed: list[WorkItem]
    # How many met it and were harmed, in one sentence; empty before anybody knows
    harm: str


def parts_of(request: HttpRequest, incident: Incident, choices: Choices, *, now: datetime) -> Parts:
    """Every panel, each with its own partial."""
    asked = [panel(request, incident, now=now) for panel in import_string(settings.INCIDENT_PANELS)]
    found = [part for part in asked if part is not None]
    return Parts(
        panels=[draw(part, request, now=now, choices=choices) for part in found],
        folds=[part["fold"] for part in found if "fold" in part],
        clocks=[clock for part in found for clock in part.get("clocks", ())],
        owed=sorted((item for part in found for item in part.get("owed", ())), key=lambda item: item.order),
        harm=next((part["harm"] for part in found if part.get("harm")), ""),
    )


def banners_of(request: HttpRequest, incident: Incident, *, now: datetime) -> list[SafeString]:
    """What other packages say above everything."""
    found = [banner(request, incident, now=now) for banner in import_string(settings.INCIDENT_BANNERS)]
    return [draw(part, request, now=now) for part in found if part]


def draw(part: dict[str, Any], request: HttpRequest, *, now: datetime, choices: Choices | None = None) -> SafeString:
    fold = part.get("fold")
    context = {**part["context"], "now": now}
    if fold is not None and choices is not None:
        context |= {"fold": fold, "is_folded": choices.is_shut(fold)}
    return render_to_string(part["template"], context, request)


def severity_fold(incident: Incident, *, is_asked: bool) -> Fold:
    """The desk's own panel: open while its form is, marked while the level is provisional."""
    newest = incident.assessment
    is_provisional = newest is not None and newest.reassess_due_at is not None and incident.is_under_way
    return Fold(
        name="severity",
        title=_("Severity"),
        mark=_("provisional") if is_provisional else "",
        tone="moderate",
        starts="open" if is_asked else "shut",
    )


def timeline_fold(newest: int) -> Fold:
    return Fold(name="timeline", title=_("Timeline"), count=newest or None, starts="open")


def is_timeline_shut(choices: Choices, fold: Fold, chosen: TimelineFilter, *, is_said: bool) -> bool:
    """Never while the address asks for a part of it, or somebody's words came back."""
    is_asked = chosen.is_narrow or chosen.before is not None or chosen.entry is not None
    return not is_asked and not is_said and choices.is_shut(fold)


def bar(folds: Iterable[Fold]) -> list[dict[str, Any]]:
    """The links to all parts, with the digit that presses each of the first nine."""
    return [{"fold": fold, "key": str(place) if place <= 9 else ""} for place, fold in enumerate(folds, 1)]
