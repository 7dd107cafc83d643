"""The incident page and its small forms. Fetching the incident is the permission check."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, conflicted, go, refused, toast, unchanged, wants_fragment
from incidents.attention.mentions import look_at
from incidents.desk.choices import people
from incidents.desk.room import Attempt, compose, incidents_of_the_page, offer_alone, version_of
from incidents.desk.steps import STEPS, Step
from incidents.desk.timeline_filter import TimelineFilter
from incidents.desk.verb_form import VerbForm, VersionedForm
from incidents.response.models import Incident
from incidents.response.refusals import EditConflict, Refusal
from incidents.response.timeline import TimelineEntry

PAGE = "incidents/incident.html"
ROOM = "room"


def incident(request: AirpRequest, reference: str) -> HttpResponse:
    """The page. Its address says which part of the timeline it shows; opening it ends what mentions its reader."""
    found, now = _fetch(request, reference), timezone.now()
    if found.is_mentioned:
        look_at(found, by=request.user, now=now)
    context = compose(request, found, now=now)
    response = answer(request, PAGE, context, partial=ROOM)
    if wants_fragment(request):
        query = context["chosen"].url_query
        response["HX-Push-Url"] = f"{context['url']}{'?' if query else ''}{query}"
    return response


def live(request: AirpRequest, reference: str) -> HttpResponse:
    """The changing part of the page, or 204 while nothing has changed."""
    version = version_of(request.user, reference)
    if version is None:
        raise Http404
    if version == request.GET.get("v"):
        return unchanged()
    context = compose(request, _fetch(request, reference), now=timezone.now())
    return answer(request, f"{PAGE}#{ROOM}", context)


def take(request: AirpRequest, reference: str, step: str) -> HttpResponse:
    """One step: GET shows its form, alone or open on the page; POST takes the step, refuses it or shows a conflict."""
    chosen, found = STEPS[step], _fetch(request, reference)
    if request.method != "POST":
        return _form(request, found, chosen)
    form = chosen.form(request.POST, incident=found, name=chosen.form_name)
    if not form.is_valid():
        return _refused(request, reference, chosen, form)
    lead_before = found.lead_id
    try:
        entry = _carry_out(chosen, found, form, request)
    except EditConflict:
        return _conflicted(request, reference, chosen, form)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _refused(request, reference, chosen, form)
    undo_url = _undo_url(chosen, found, lead_before)
    notice = " ".join([_notice(chosen, found, by=request.user), *_asides(form, entry, request)])
    return taken(request, reference, notice=notice, undo_url=undo_url)


def _form(request: AirpRequest, found: Incident, step: Step) -> HttpResponse:
    """For a disclosure that was opened the form alone, otherwise the page with the form open."""
    now = timezone.now()
    if wants_fragment(request):
        return answer(request, f"{PAGE}#step-form", offer_alone(found, step, reader=request.user, now=now))
    return answer(request, PAGE, compose(request, found, now=now, attempt=Attempt(step)))


def return_lead(request: AirpRequest, reference: str, person: int) -> HttpResponse:
    """Takes a change of the lead back: it goes to who had it before, or with 0 to nobody."""
    found, now = _fetch(request, reference), timezone.now()
    try:
        if person:
            found.hand_over(to=get_object_or_404(people(), pk=person), by=request.user, now=now)
        else:
            found.give_up_lead(by=request.user, now=now)
    except Refusal as refusal:
        return taken(request, reference, notice=str(refusal))
    return taken(request, reference, notice=_("Taken back: the lead is where it was."))


def _fetch(request: AirpRequest, reference: str) -> Any:
    """The incident with what `incidents_of_the_page` adds to it."""
    return get_object_or_404(incidents_of_the_page(request.user), reference=reference)


def _carry_out(step: Step, incident: Incident, form: VerbForm, request: AirpRequest) -> TimelineEntry:
    """Take the step. A colleague's change of something else is no conflict: then it is taken on top of it."""
    try:
        return step.carry_out(incident, form.cleaned_data, request.user, timezone.now())
    except EditConflict as conflict:
        fresh = _fetch(request, incident.reference)
        if not isinstance(form, VersionedForm) or form.cleaned_data["seen"] != form.subject(fresh):
            raise
        return step.carry_out(fresh, form.cleaned_data | {"version": conflict.found}, request.user, timezone.now())


def _refused(request: AirpRequest, reference: str, step: Step, form: VerbForm) -> HttpResponse:
    context = compose(request, _fetch(request, reference), now=timezone.now(), attempt=Attempt(step, form))
    return refused(request, PAGE, context, partial=ROOM)


def _conflicted(request: AirpRequest, reference: str, step: Step, form: VerbForm) -> HttpResponse:
    """Theirs and mine side by side; the form then stands on their version, so sending it again is a choice."""
    fresh = _fetch(request, reference)
    attempt = Attempt(step, form.on_top_of(fresh), tuple(form.against(fresh)))
    return conflicted(request, PAGE, compose(request, fresh, now=timezone.now(), attempt=attempt), partial=ROOM)


def taken(request: AirpRequest, reference: str, *, notice: str, undo_url: str = "") -> HttpResponse:
    """The new state of the page, or the board for somebody who just gave away their sight of the incident."""
    if not wants_fragment(request):
        is_here = Incident.objects.visible_to(request.user).filter(reference=reference).exists()
        to = reverse("incidents:incident", args=[reference]) if is_here else reverse("incidents:board")
        return go(request, to, notice=notice, undo_url=undo_url if is_here else "")
    found = incidents_of_the_page(request.user).filter(reference=reference).first()
    if found is None:
        return go(request, "incidents:board", notice=notice)
    context = compose(request, found, now=timezone.now())
    return toast(answer(request, f"{PAGE}#{ROOM}", context), notice, undo_url=undo_url)


def _notice(step: Step, incident: Incident, *, by: User) -> str:
    if step.name == "lead" and incident.lead_id == by.pk:
        return _("You lead %(reference)s now.") % {"reference": incident.reference}
    return _("%(reference)s: %(step)s, recorded.") % {"reference": incident.reference, "step": step.done}


def _asides(form: VerbForm, entry: TimelineEntry, request: AirpRequest) -> list[str]:
    """What whoever took the step should know beside that it was taken."""
    told = []
    if unknown := getattr(form, "unknown_names", ()):
        told.append(
            _("Not told: %(names)s. Nobody who may see this incident is called that; people are @first.last.")
            % {"names": ", ".join(unknown)}
        )
    if wants_fragment(request) and not TimelineFilter.of(request).shows(entry):
        told.append(_("The filter of the timeline hides the new entry."))
    return told


def _undo_url(step: Step, incident: Incident, lead_before: int | None) -> str:
    if step.name != "lead":
        return ""
    return reverse("incidents:return_lead", args=[incident.reference, lead_before or 0])
