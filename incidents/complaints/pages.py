"""The list of complaints, one complaint, and what people do with it. Fetching it is the permission check."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused
from airp.web.paging import Place, page
from incidents.classification.models import HarmKind
from incidents.complaints.channels import Channel
from incidents.complaints.complaint import Complaint, ComplaintOriginal
from incidents.complaints.filters import STATES, Filters, Sort, Who
from incidents.complaints.queries import categories, drawn, listed, of_same_kind, of_same_person
from incidents.complaints.states import MOVES, TONES, State, Verb
from incidents.complaints.steps import STEPS, CodeForm, RevealForm, Step, StepForm
from incidents.complaints.telling import row
from incidents.detection.attaching import title_of
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.systems.models import AISystem

LIST, PAGE = "incidents/complaints.html", "incidents/complaint.html"
ROWS_PER_PAGE = 25
MOST_CHOSEN = 100
ENTRIES_SHOWN = 100


def complaints(request: AirpRequest) -> HttpResponse:
    """What waits, press, regulator and court on top; any other view by the filters in the URL."""
    filters = Filters.read(request.GET)
    after, before = (Place.read(request.GET.get(name, "")) for name in ("after", "before"))
    found = listed(request.user).filter(filters.condition)
    cut = page(found, filters.walk, size=ROWS_PER_PAGE, after=after, before=before)
    context = {
        "now": timezone.now(),
        "filters": filters,
        "rows": drawn(cut.rows),
        "newer": filters.address(place=f"before={cut.newer}") if cut.newer else "",
        "older": filters.address(place=f"after={cut.older}") if cut.older else "",
        "tabs": [
            {"label": label, "url": filters.address(who=value), "count": None, "is_current": filters.who == value}
            for value, label in Who.choices
        ],
        "states": STATES,
        "sorts": Sort.choices,
        "channels": Channel.choices,
        "systems": list(AISystem.objects.order_by("name").values_list("slug", "name")),
        "kinds": list(HarmKind.objects.order_by("position", "name").values_list("slug", "name")),
        "may_take": request.user.can(Capability.TAKE_COMPLAINTS),
        "may_import": request.user.can(Capability.IMPORT_COMPLAINTS),
        "may_attach": request.user.can(MOVES[Verb.ATTACH].capability),
    }
    return answer(request, LIST, context)


def attach_chosen(request: AirpRequest) -> HttpResponse:
    """Attach the chosen complaints to one incident, named by its reference. A refusal of one stops no other."""
    user, now = request.user, timezone.now()
    wanted = request.POST.get("incident", "").strip().upper()[:16]
    back = Filters.read(request.POST).address()
    incident = Incident.objects.visible_to(user).filter(reference=wanted).first()
    if incident is None:
        return go(request, back, notice=_("No incident has the reference “%(given)s”.") % {"given": wanted})
    chosen = Complaint.objects.visible_to(user).filter(reference__in=request.POST.getlist("chosen")[:MOST_CHOSEN])
    done, refusals = 0, []
    for each in chosen.order_by("pk"):
        try:
            each.attach_to_incident(incident, by=user, now=now)
            done += 1
        except Refusal as refusal:
            refusals.append(f"{each.reference}: {refusal}")
    words = ngettext("%(n)d attached to %(reference)s.", "%(n)d attached to %(reference)s.", done)
    notice = " ".join([words % {"n": done, "reference": incident.reference}, *refusals[:3]])
    return go(request, back, notice=notice)


def complaint(request: AirpRequest, complaint: str) -> HttpResponse:
    """The redacted words, the facts, similar ones, what was done, and the forms to act."""
    return answer(request, PAGE, _context(request, _fetch(request, complaint)))


def take_step(request: AirpRequest, complaint: str, verb: Verb) -> HttpResponse:
    """One step; a refusal is shown where it was made, with what was typed."""
    found, step = _fetch(request, complaint), STEPS[verb]
    form = step.form(request.POST, complaint=found, user=request.user, name=step.path)
    if form.is_valid():
        try:
            step.act(found, form.cleaned_data, request.user, timezone.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            notice = _("%(reference)s is %(done)s.") % {"reference": found.reference, "done": step.done}
            return _gone_on(request, found, notice=notice)
    return refused(request, PAGE, _context(request, _fetch(request, complaint), tried=form), partial="steps")


def original(request: AirpRequest, complaint: str) -> HttpResponse:
    """The words as they came and the contact, for a reason: in this one answer, kept by no browser."""
    found = _fetch(request, complaint)
    form = RevealForm(request.POST, complaint=found, user=request.user, name="original")
    if form.is_valid():
        try:
            shown = found.reveal(by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return answer(request, PAGE, _context(request, found, shown=shown), partial="original")
    context = _context(request, _fetch(request, complaint), reveal=form)
    return refused(request, PAGE, context, partial="original")


def issue_code(request: AirpRequest, complaint: str) -> HttpResponse:
    """A new code for the complainant, shown this once."""
    found = _fetch(request, complaint)
    code = found.issue_code(by=request.user, now=timezone.now())
    return answer(request, PAGE, _context(request, found, code=code), partial="follow")


def _fetch(request: AirpRequest, reference: str) -> Complaint:
    related = ("system", "harm_kind", "incident", "breach__threshold__system", "breach__version", "source")
    visible = Complaint.objects.visible_to(request.user).select_related(*related)
    found: Complaint = get_object_or_404(visible, reference=reference)
    return found


def _gone_on(request: AirpRequest, found: Complaint, *, notice: str) -> HttpResponse:
    """The page again, or the list for somebody who just gave away their sight of it."""
    is_here = Complaint.objects.visible_to(request.user).filter(pk=found.pk).exists()
    if is_here:
        return go(request, "incidents:complaint", found.reference, notice=notice)
    return go(request, "incidents:complaints", notice=notice)


def _context(
    request: AirpRequest,
    found: Complaint,
    *,
    tried: StepForm | None = None,
    reveal: StepForm | None = None,
    shown: ComplaintOriginal | None = None,
    code: str = "",
) -> dict[str, Any]:
    user, state = request.user, State(found.state)
    may_reveal = user.can(MOVES[Verb.REVEAL].capability)
    may_issue = user.can(MOVES[Verb.ISSUE_CODE].capability)
    return {
        "now": timezone.now(),
        "complaint": found,
        "tone": TONES[state],
        "breach_title": title_of(found.breach) if found.breach else "",
        "same_person": of_same_person(found, user),
        "same_kind": of_same_kind(found, user),
        "entries": _entries(found),
        "offers": [
            _offer(step, found, tried, user)
            for step in STEPS.values()
            if step.is_open_to(user, state) or isinstance(tried, step.form)
        ],
        "reveal": (reveal or RevealForm(name="original", complaint=found, user=user)) if may_reveal else None,
        "original": shown,
        "code_form": CodeForm(name="code", complaint=found, user=user) if may_issue else None,
        "code": code,
        "follow_url": reverse("incidents:complaint_follow", args=[code]) if code else "",
        "categories": categories(user) if user.can(MOVES[Verb.CLASSIFY].capability) else [],
    }


def _offer(step: Step, found: Complaint, tried: StepForm | None, user: User) -> dict[str, Any]:
    is_tried = isinstance(tried, step.form)
    return {
        "name": step.path,
        "label": step.label,
        "form": tried if is_tried else step.form(complaint=found, user=user, name=step.path),
        "is_open": is_tried,
        "url": reverse(f"incidents:{step.name}", args=[found.reference]),
    }


def _entries(found: Complaint) -> list[dict[str, Any]]:
    entries = found.entries.select_related("by").order_by("-at", "-pk")[:ENTRIES_SHOWN]
    return [row(entry) for entry in entries]
