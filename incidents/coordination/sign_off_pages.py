"""The queue of approvals, the page of a sign-off, and asking for one. Fetching is the permission check."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability, Role
from airp.web.answers import answer, go, refused
from airp.web.paging import Place
from incidents.coordination.asking import ask
from incidents.coordination.differences import differences
from incidents.coordination.sign_off import SignOff
from incidents.coordination.sign_off_forms import AskForm
from incidents.coordination.sign_off_queries import (
    contents_of,
    newest_of,
    queue,
    sign_offs_of_the_page,
    tally_for,
)
from incidents.coordination.sign_off_states import Silence
from incidents.coordination.sign_off_steps import BY_PATH, STEPS, SignOffStep
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.response.steps import history, offer, take

PAGE = "incidents/sign_off.html"
FIRST = ("approval",)


def approvals(request: AirpRequest) -> HttpResponse:
    """What waits for an answer, this person's first. `?after=` and `?before=` page by deadline."""
    after, before = Place.read(request.GET.get("after", "")), Place.read(request.GET.get("before", ""))
    found = queue(request.user, after=after, before=before)
    rows = [_queued(row) for row in found.rows]
    context = {"rows": rows, "newer": found.newer, "older": found.older, "now": timezone.now()}
    return answer(request, "incidents/approvals.html", context)


def approval_counts(request: HttpRequest) -> dict[str, Any]:
    """The number beside Approvals: the answers that this person owes."""
    person = request.user
    if not isinstance(person, User) or not person.can(Capability.ANNOTATE):
        return {}
    return {"tallies": {"approvals": tally_for(person)}}


def sign_off(request: AirpRequest, pk: int) -> HttpResponse:
    """The exact words, what changed, how it stands and what can be done."""
    return answer(request, PAGE, _shown(request, _fetch(request, pk)))


def take_step(request: AirpRequest, pk: int, path: str) -> HttpResponse:
    """One step; it leads back to the sign-off, or to the queue from where it was pressed."""
    found, step = _fetch(request, pk), BY_PATH[path]
    form = step.form(request.POST, sign_off=found, content="", user=request.user, name=step.path)
    take(step, found, form, by=request.user, now=timezone.now())
    if form.errors:
        return refused(request, PAGE, _shown(request, _fetch(request, pk), step, form))
    notice = _("%(title)s: %(done)s.") % {"title": found.title, "done": step.done}
    if request.POST.get("from") == "queue":
        return go(request, "incidents:approvals", notice=notice)
    return go(request, "incidents:sign_off", pk, notice=notice)


def sign_offs(request: AirpRequest, reference: str) -> HttpResponse:
    """The sign-offs of an incident, and the form that asks for another."""
    incident: Incident = get_object_or_404(Incident.objects.visible_to(request.user), reference=reference)
    if request.method != "POST":
        return answer(request, "incidents/sign_offs.html", _asking(request, incident, AskForm()))
    form = AskForm(request.POST)
    if form.is_valid():
        try:
            made = ask(incident, form.wanted, by=request.user, now=timezone.now())
            return go(request, "incidents:sign_off", made.pk, notice=_("Asked. Whoever answers hears of it."))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    return refused(request, "incidents/sign_offs.html", _asking(request, incident, form))


def _fetch(request: AirpRequest, pk: int) -> SignOff:
    found: SignOff = get_object_or_404(sign_offs_of_the_page(request.user), pk=pk)
    return found


def _asking(request: AirpRequest, incident: Incident, form: AskForm) -> dict[str, Any]:
    may_ask = incident.is_open and request.user.can(Capability.ANNOTATE)
    return {"incident": incident, "form": form, "rows": newest_of(incident), "may_ask": may_ask, "now": timezone.now()}


def _queued(row: dict[str, Any]) -> dict[str, Any]:
    """One line of the queue, with what changed since the words before."""
    whom = ", ".join(filter(None, (row["person__name"], str(Role(row["role"]).label) if row["role"] else "")))
    return row | {
        "url": reverse("incidents:sign_off", args=[row["id"]]),
        "whom": whom,
        "silence_words": Silence(row["silence"]).label,
        "lines": differences(row["before"], row["content"]) if row["before"] is not None else [],
    }


def _shown(
    request: AirpRequest, found: SignOff, attempted: SignOffStep | None = None, form: Form | None = None
) -> dict[str, Any]:
    """The words and the forms that fit; a refused form shows whatever the state is."""
    content, before = contents_of(found)
    offers = [
        _offer(step, found, content, request.user, form if step is attempted else None)
        for step in STEPS.values()
        if step.is_open_to(request.user, found) or step is attempted
    ]
    return {
        "sign_off": found,
        "incident": found.incident,
        "content": content,
        "lines": differences(before, content) if before is not None else [],
        "offers": offers,
        "entries": history(found.incident, sign_off=found.pk),
        "now": timezone.now(),
    }


def _offer(step: SignOffStep, found: SignOff, content: str, user: User, form: Form | None) -> dict[str, Any]:
    return offer(
        step,
        form or step.form(sign_off=found, content=content, user=user, name=step.path),
        url=reverse(f"incidents:{step.name}", args=[found.pk]),
        is_open=form is not None or step.path in FIRST,
    )
