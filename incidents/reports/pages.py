"""Pages of reports: the form for every employee, following one's own, and one report as triage reads it."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.reports.forms import FollowForm, ReportForm, RevealForm
from incidents.reports.report import Report, ReportOriginal
from incidents.reports.states import MOVES, TOLD, TONES, Discretion, State, Urgency, Verb
from incidents.reports.taking import Said, code_of, digest_of_code, take_report
from incidents.reports.telling import row
from incidents.response.refusals import Refusal

FORM, FOLLOW, PAGE = "incidents/report.html", "incidents/report_follow.html", "incidents/human_report.html"
OWN_SHOWN = 20


def report(request: AirpRequest) -> HttpResponse:
    """The form, and what became of one's own reports."""
    now = timezone.now()
    if request.method != "POST":
        form = ReportForm(now=now, initial={"ticket": secrets.token_urlsafe(24), "system": request.GET.get("system")})
        return answer(request, FORM, _frame(request.user, form))
    form = ReportForm(request.POST, now=now)
    if not form.is_valid():
        response = refused(request, FORM, _frame(request.user, form))
        is_unnamed = form.data.get("discretion") == Discretion.ANONYMOUS
        return _unnamed(request, response) if is_unnamed else response
    said = _said(form.cleaned_data)
    take_report(said, by=request.user, now=now)
    if said.discretion == Discretion.ANONYMOUS:
        return _thank_unnamed(request, said)
    return go(request, "incidents:report", notice=_("Thank you. It has arrived; below you see what becomes of it."))


def _thank_unnamed(request: AirpRequest, said: Said) -> HttpResponse:
    """The code, in this one answer and in no address."""
    return _unnamed(request, answer(request, FOLLOW, {"form": FollowForm(), "code": code_of(said.ticket)}))


def _unnamed(request: AirpRequest, response: HttpResponse) -> HttpResponse:
    """The answer as it is; the log line of this request names nobody.

    A slip in the form just before, or looking the report up later, would tell as much as the line of the report itself.
    """
    request.user = AnonymousUser()  # type: ignore[assignment]
    return response


def follow(request: AirpRequest) -> HttpResponse:
    """How an anonymous report stands, by the code that its reporter typed."""
    return _unnamed(request, _followed(request))


def _followed(request: AirpRequest) -> HttpResponse:
    form = FollowForm(request.POST or None)
    if not form.is_valid():
        shown = answer if request.method != "POST" else refused
        return shown(request, FOLLOW, {"form": form})
    found = Report.objects.filter(code_digest=digest_of_code(form.cleaned_data["code"]) or b"-").first()
    if found is None:
        form.add_error("code", _("No report has this code. Check each letter; it is 24 letters and digits long."))
        return refused(request, FOLLOW, {"form": form})
    return answer(request, FOLLOW, {"form": form, "followed": _own(found)})


def human_report(request: AirpRequest, report: int) -> HttpResponse:
    """The redacted words and facts, for triage."""
    found = _find(request, report)
    return answer(request, PAGE, _context(request, found))


@require_POST
def original(request: AirpRequest, report: int) -> HttpResponse:
    """The words as typed, for a reason, in this one answer."""
    found, form = _find(request, report), RevealForm(request.POST)
    if form.is_valid():
        try:
            shown = found.reveal(by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return answer(request, PAGE, _context(request, found, shown=shown), partial="original")
    return refused(request, PAGE, _context(request, found, reveal=form), partial="original")


def _find(request: AirpRequest, pk: int) -> Report:
    related = ("system", "harm_kind", "incident", "reporter")
    found: Report = get_object_or_404(Report.objects.visible_to(request.user).select_related(*related), pk=pk)
    return found


def _frame(user: User, form: ReportForm) -> dict[str, Any]:
    own = Report.objects.filter(reporter=user).select_related("system").order_by("-received_at")[:OWN_SHOWN]
    return {"form": form, "own": [_own(each) for each in own]}


def _own(found: Report) -> dict[str, Any]:
    """What its reporter may know: not the incident, which may be restricted."""
    return {
        "reference": found.reference,
        "system": found.system.name,
        "received_at": found.received_at,
        "told": TOLD[State(found.state)],
        "why": found.get_decline_reason_display() if found.decline_reason else "",
        "tone": TONES[State(found.state)],
        "state": found.get_state_display(),
    }


def _context(
    request: AirpRequest, found: Report, *, reveal: RevealForm | None = None, shown: ReportOriginal | None = None
) -> dict[str, Any]:
    may_reveal = request.user.can(MOVES[Verb.REVEAL].capability)
    entries = found.entries.select_related("by").order_by("-at", "-pk")[:50]
    return {
        "report": found,
        "tone": TONES[State(found.state)],
        "now": timezone.now(),
        "entries": [row(entry) for entry in entries],
        "reveal": (reveal or RevealForm()) if may_reveal else None,
        "original": shown,
        "waits": found.state == State.NEW,
    }


def _said(given: dict[str, Any]) -> Said:
    happened: datetime | None = given["happened_at"]
    return Said(
        ticket=given["ticket"],
        system=given["system"],
        text=given["text"],
        sample=given["sample"],
        happened_at=happened,
        harm_kind=given["harm_kind"],
        urgency=Urgency(given["urgency"]),
        discretion=Discretion(given["discretion"]),
    )
