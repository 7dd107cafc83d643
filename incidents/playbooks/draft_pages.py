"""Editing a draft: its frame, its steps one by one, the preview and publishing. Works without a script."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, conflicted, go, refused, toast, wants_fragment
from incidents.playbooks.playbook import Playbook, PlaybookStep, PlaybookVersion
from incidents.playbooks.playbook_forms import PlaybookForm, ScopeForm, StepForm, WhyForm, seen_of
from incidents.playbooks.playbook_pages import names_of_scopes
from incidents.playbooks.states import VersionState
from incidents.playbooks.step_kinds.registry import KINDS, kind_of
from incidents.playbooks.wording import changes, scope_words, specificity_words, step_row, step_rows
from incidents.response.refusals import Refusal

PAGE = "incidents/playbook_draft.html"
STEP = "incidents/playbook_step.html"
PUBLISH = "incidents/playbook_publication.html"
MOVES = {"up": -1, "down": 1}


def draft(request: AirpRequest, slug: str) -> HttpResponse:
    """GET shows the draft; POST begins one as a copy of the version in force."""
    playbook = get_object_or_404(Playbook, slug=slug)
    if request.method == "POST":
        try:
            playbook.begin_draft(by=request.user, now=timezone.now())
        except Refusal as refusal:
            return go(request, "incidents:playbook_draft", slug, notice=str(refusal))
        return go(request, "incidents:playbook_draft", slug)
    found = playbook.versions.filter(state=VersionState.DRAFT).first()
    if found is None:
        return go(request, "incidents:playbook", slug)
    return answer(request, PAGE, _context(found))


def names(request: AirpRequest, slug: str) -> HttpResponse:
    """Name and purpose, which belong to all versions."""
    found = _draft(slug)
    form = PlaybookForm(request.POST, playbook=found.playbook)
    if not form.is_valid():
        return refused(request, PAGE, _context(found, name_form=form))
    found.playbook.reword(**form.cleaned_data, by=request.user)
    return go(request, "incidents:playbook_draft", slug, notice=_("Saved."))


def scope(request: AirpRequest, slug: str) -> HttpResponse:
    """For which incidents it is meant. A tie with another playbook is refused at once."""
    found = _draft(slug)
    form = ScopeForm(request.POST, scope=found.scope)
    if form.is_valid():
        try:
            found.set_scope(form.scope, by=request.user, now=timezone.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return refused(request, PAGE, _context(_draft(slug), scope_form=form))
    return go(request, "incidents:playbook_draft", slug, notice=_("Saved."))


def add_step(request: AirpRequest, slug: str, kind: str) -> HttpResponse:
    """GET shows the form of a step of this kind; POST puts the step at the end."""
    found, chosen = _draft(slug), KINDS.get(kind)
    if chosen is None:
        raise Http404
    form = StepForm(request.POST if request.method == "POST" else None, kind=chosen)
    if request.method != "POST":
        return answer(request, STEP, _step_context(found, form))
    if form.is_valid():
        try:
            found.add_step(by=request.user, now=timezone.now(), **form.values)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return refused(request, STEP, _step_context(found, form))
    return go(request, "incidents:playbook_draft", slug, notice=_("Step added."))


def step(request: AirpRequest, slug: str, key: str) -> HttpResponse:
    """GET shows the form of the step; POST saves it, or shows what a colleague made of it meanwhile."""
    found = _draft(slug)
    edited = get_object_or_404(found.steps, key=key)
    kind = kind_of(edited.kind)
    if request.method != "POST":
        return answer(request, STEP, _step_context(found, StepForm(kind=kind, step=edited), edited))
    form = StepForm(request.POST, kind=kind, step=edited)
    if form.is_valid() and form.cleaned_data["seen"] != seen_of(edited):
        form.data = {**request.POST.dict(), "seen": seen_of(edited)}
        return conflicted(request, STEP, _step_context(found, form, edited) | {"theirs": step_row(edited)})
    if form.is_valid():
        try:
            found.change_step(key, form.values, by=request.user, now=timezone.now())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return refused(request, STEP, _step_context(found, form, edited))
    return go(request, "incidents:playbook_draft", slug, notice=_("Step saved."))


def move_step(request: AirpRequest, slug: str, key: str) -> HttpResponse:
    """One place up or down."""
    found = _draft(slug)
    get_object_or_404(found.steps, key=key)
    places = MOVES.get(request.POST.get("to", ""), 0)
    return _changed(request, found, partial(found.move_step, key, places=places))


def remove_step(request: AirpRequest, slug: str, key: str) -> HttpResponse:
    """Out of the draft; published versions keep it."""
    found = _draft(slug)
    get_object_or_404(found.steps, key=key)
    return _changed(request, found, partial(found.remove_step, key))


def discard(request: AirpRequest, slug: str) -> HttpResponse:
    """Throw the draft away."""
    _draft(slug).discard(by=request.user)
    return go(request, "incidents:playbook", slug, notice=_("The draft was thrown away."))


def publication(request: AirpRequest, slug: str) -> HttpResponse:
    """GET previews what the draft changes; POST puts it in force, with the reason."""
    found, form = _draft(slug), WhyForm(request.POST if request.method == "POST" else None, name="publish")
    if request.method != "POST":
        return answer(request, PUBLISH, _preview(found, form))
    if form.is_valid():
        try:
            found.publish(by=request.user, now=timezone.now(), why=form.cleaned_data["why"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        return refused(request, PUBLISH, _preview(_draft(slug), form))
    notice = _("Version %(number)d is in force. What runs stays as it is.") % {"number": found.number}
    return go(request, "incidents:playbook", slug, notice=notice)


def _draft(slug: str) -> PlaybookVersion:
    drafts = PlaybookVersion.objects.select_related("playbook", "edited_by")
    found: PlaybookVersion = get_object_or_404(drafts, playbook__slug=slug, state=VersionState.DRAFT)
    return found


def _changed(request: AirpRequest, found: PlaybookVersion, act: Callable[..., None]) -> HttpResponse:
    """The list of steps as it is now."""
    notice = ""
    try:
        act(by=request.user, now=timezone.now())
    except Refusal as refusal:
        notice = str(refusal)
    if not wants_fragment(request):
        return go(request, "incidents:playbook_draft", found.playbook.slug, notice=notice)
    response = answer(request, f"{PAGE}#steps", _context(found))
    return toast(response, notice) if notice else response


def _context(found: PlaybookVersion, **forms: Any) -> dict[str, Any]:
    return {
        "now": timezone.now(),
        "draft": found,
        "playbook": found.playbook,
        "steps": step_rows(found),
        "kinds": list(KINDS.values()),
        "specificity": specificity_words(found.scope),
        "name_form": PlaybookForm(playbook=found.playbook),
        "scope_form": ScopeForm(scope=found.scope),
    } | forms


def _step_context(found: PlaybookVersion, form: StepForm, edited: PlaybookStep | None = None) -> dict[str, Any]:
    return {"playbook": found.playbook, "form": form, "kind": form.kind, "edited": edited}


def _preview(found: PlaybookVersion, form: WhyForm) -> dict[str, Any]:
    before = found.playbook.versions.filter(state=VersionState.PUBLISHED).first()
    steps = list(found.steps.order_by("position"))
    known = names_of_scopes()
    return {
        "now": timezone.now(),
        "form": form,
        "draft": found,
        "playbook": found.playbook,
        "before": before,
        "changes": changes(before.steps.order_by("position"), steps) if before else [],
        "steps": [step_row(each) for each in steps],
        "scope": scope_words(found.scope, known),
        "scope_before": scope_words(before.scope, known) if before and before.scope != found.scope else "",
        "specificity": specificity_words(found.scope),
    }
