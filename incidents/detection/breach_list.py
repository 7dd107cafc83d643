"""The decision register: every breach with what was decided, by whom, and what it turned out to be."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer
from incidents.detection.attaching import title_of
from incidents.detection.breaches import Breach, BreachKind, Origin
from incidents.detection.deciding import Decision
from incidents.detection.places import after_place, next_url
from incidents.detection.verdicts import Verdict

ROWS = 50

# What a decision is called once it is taken.
DECIDED = {
    Decision.INTERVENE: gettext_lazy("Intervened"),
    Decision.HOLD: gettext_lazy("On hold"),
    Decision.DISMISS: gettext_lazy("Dismissed"),
}


def breaches(request: AirpRequest) -> HttpResponse:
    """Breaches, newest first. `?show=` waiting, unanswered, unjudged, late, shadow; `?verdict=`, `?threshold=` too."""
    show, verdict = request.GET.get("show", ""), request.GET.get("verdict", "")
    found = _shown(Breach.objects.visible_to(request.user), show)
    found = found.filter(verdict=verdict) if verdict in Verdict.values else found
    threshold = request.GET.get("threshold", "")
    if threshold.isdecimal() and len(threshold) < 18:
        found = found.filter(threshold=int(threshold))
    related = ("threshold__system", "threshold__owner", "version__severity", "incident", "decided_by")
    place = request.GET.get("after", "")
    rows = list(after_place(found.select_related(*related), place, key="detected_at")[: ROWS + 1])
    context = {
        "now": timezone.now(),
        "rows": [_row(breach) for breach in rows[:ROWS]],
        "tabs": _tabs(show),
        "show": show,
        "verdicts": [("", _("Any verdict")), *Verdict.choices],
        "verdict": verdict,
        "threshold": threshold,
        "older_url": next_url(request.GET, rows, size=ROWS, key="detected_at"),
    }
    return answer(request, "incidents/breaches.html", context)


def _shown(found: QuerySet[Breach], show: str) -> QuerySet[Breach]:
    live = found.filter(kind=BreachKind.LIVE)
    match show:
        case "waiting":
            return live.filter(decision__in=[Decision.NONE, Decision.HOLD], incident__isnull=True)
        case "unanswered":
            return live.filter(unanswered_at__isnull=False)
        case "unjudged":
            return live.filter(verdict="").exclude(decision__in=[Decision.NONE, Decision.HOLD], incident__isnull=True)
        case "late":
            return found.filter(origin=Origin.LATE)
        case "shadow":
            return found.filter(kind=BreachKind.SHADOW)
        case _:
            return found.exclude(kind=BreachKind.SHADOW)


def _tabs(show: str) -> list[dict[str, object]]:
    labels = {
        "": _("All"),
        "waiting": _("To decide"),
        "unanswered": _("Not decided in time"),
        "unjudged": _("Without a verdict"),
        "late": _("Found late"),
        "shadow": _("Shadow"),
    }
    return [
        {"label": label, "url": f"?show={name}" if name else "?", "is_current": name == show}
        for name, label in labels.items()
    ]


def _row(breach: Breach) -> dict[str, object]:
    severity = breach.version.severity
    return {
        "breach": breach,
        "title": title_of(breach),
        "severity_slug": severity.slug,
        "severity_tone": severity.tone,
        "decision": _decision(breach),
        "verdict": breach.get_verdict_display() if breach.verdict else "",
    }


def _decision(breach: Breach) -> str:
    if breach.kind == BreachKind.RECORD and breach.decision == Decision.NONE and breach.incident_id is None:
        return _("Recorded only, nobody asked")
    if breach.incident_id and breach.decision == Decision.NONE:
        return _("An incident took it over")
    return str(DECIDED.get(Decision(breach.decision), breach.get_decision_display()))
