"""My work: everything that waits for this person, what is next on top. Composed from `settings.MY_WORK`."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer
from incidents.desk.rows import STATE_TONES
from incidents.detection.queries import breaches_to_decide
from incidents.playbooks.work import tally_of_tasks
from incidents.response.models import Incident, IncidentKind
from incidents.response.states import State
from incidents.response.work import WorkItem, WorkKind

PAGE = "incidents/my_work.html"
MOST = 50  # of each kind; a hundred rows are more than anybody plans with, and take twice the time
KINDS: dict[WorkKind, str | Promise] = {
    WorkKind.CALL: gettext_lazy("To acknowledge"),
    WorkKind.HANDOFF: gettext_lazy("Handoffs"),
    WorkKind.TASK: gettext_lazy("Tasks"),
    WorkKind.SIGN_OFF: gettext_lazy("Sign-offs"),
    WorkKind.LANE: gettext_lazy("Lanes"),
    WorkKind.INCIDENT: gettext_lazy("Incidents I lead"),
    WorkKind.DECISION: gettext_lazy("Breaches to decide"),
    WorkKind.REVISIT: gettext_lazy("Decisions to look at again"),
    WorkKind.REVIEW: gettext_lazy("Reviews"),
    WorkKind.ACTION: gettext_lazy("Actions"),
    WorkKind.MENTION: gettext_lazy("Mentions"),
}
ONE: dict[WorkKind, str | Promise] = {
    WorkKind.CALL: gettext_lazy("Call"),
    WorkKind.HANDOFF: gettext_lazy("Handoff"),
    WorkKind.TASK: gettext_lazy("Task"),
    WorkKind.SIGN_OFF: gettext_lazy("Sign-off"),
    WorkKind.LANE: gettext_lazy("Lane"),
    WorkKind.INCIDENT: gettext_lazy("Incident"),
    WorkKind.DECISION: gettext_lazy("Breach"),
    WorkKind.REVISIT: gettext_lazy("Decision"),
    WorkKind.REVIEW: gettext_lazy("Review"),
    WorkKind.ACTION: gettext_lazy("Action"),
    WorkKind.MENTION: gettext_lazy("Mention"),
}


def my_work(request: AirpRequest) -> HttpResponse:
    """`?only=task` shows one kind."""
    now = timezone.now()
    items = sorted(_all(request.user, now=now), key=lambda item: item.order)
    only = request.GET.get("only", "")
    shown = [item for item in items if not only or item.kind == only]
    context = {
        "now": now,
        "groups": _groups(shown, now=now),
        "tabs": _tabs(items, only),
        "is_all": not only,
        "cut": [str(KINDS[kind]) for kind in KINDS if sum(item.kind == kind for item in items) >= MOST],
        "most": MOST,
        "may_hand_over": request.user.can(Capability.ANNOTATE),
    }
    return answer(request, PAGE, context)


def my_work_counts(request: HttpRequest) -> dict[str, Any]:
    """The number beside My work: the person's unfinished tasks."""
    person = request.user
    if not isinstance(person, User) or not person.can(Capability.READ_INCIDENTS):
        return {}
    return {"tallies": {"my_work": tally_of_tasks(person)}}


def led_incidents(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """Open incidents that this person leads, by the clock that runs out first. One query."""
    led = Incident.objects.visible_to(person).open().filter(lead=person).select_related("severity")
    return [
        WorkItem(
            kind=WorkKind.INCIDENT,
            pk=incident.pk,
            title=incident.title,
            url=reverse("incidents:incident", args=[incident.reference]),
            about=f"{_('drill')} {incident.reference} {incident.severity.slug}"
            if incident.is_drill
            else f"{incident.reference} {incident.severity.slug}",
            due_at=incident.next_due_at,
            state=incident.get_state_display(),
            tone=STATE_TONES[State(incident.state)],
            why=_("you lead it"),
            is_drill=incident.kind == IncidentKind.DRILL,
        )
        for incident in led.order_by("next_due_at", "id")[:most]
    ]


def decisions_of_mine(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """Breaches that wait for a decision of the owner of their threshold."""
    return [
        WorkItem(
            kind=WorkKind.DECISION,
            pk=breach["id"],
            title=breach["title"],
            url=breach["url"],
            about=breach["system"],
            due_at=breach["due_at"],
            state=_("over its limit") if not breach["is_over"] else _("back under its limit"),
            tone=breach["severity_tone"],
        )
        for breach in breaches_to_decide(person, now, owner=person)[:most]
    ]


def _all(person: User, *, now: datetime) -> list[WorkItem]:
    return [item for source in import_string(settings.MY_WORK) for item in source(person, now=now, most=MOST)]


def _groups(items: list[WorkItem], *, now: datetime) -> list[dict[str, Any]]:
    """Overdue, today, later, without a due time; empty ones are left out."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    groups: dict[str, list[dict[str, Any]]] = {"overdue": [], "today": [], "later": [], "open": []}
    for item in items:
        if item.due_at is None:
            when = "open"
        elif item.due_at < now:
            when = "overdue"
        else:
            when = "today" if item.due_at < midnight else "later"
        groups[when].append({"item": item, "kind": ONE[item.kind]})
    titles = {"overdue": _("Overdue"), "today": _("Today"), "later": _("Later"), "open": _("Without a due time")}
    return [{"name": name, "title": titles[name], "rows": rows} for name, rows in groups.items() if rows]


def _tabs(items: list[WorkItem], only: str) -> list[dict[str, Any]]:
    counts = {kind: sum(item.kind == kind for item in items) for kind in KINDS}
    every = {"label": _("All"), "url": "?", "count": len(items), "is_current": not only}
    kinds = [
        {"label": label, "url": f"?only={kind.value}", "count": counts[kind], "is_current": only == kind.value}
        for kind, label in KINDS.items()
        if counts[kind] or only == kind.value
    ]
    return [every, *kinds]
