"""The links of one incident, merging it into another one, and taking that back."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.linking.forms import LinkForm, MergeForm, ReasonForm
from incidents.linking.link import Link
from incidents.linking.linking import LINK, end_link, link
from incidents.linking.merge import Merge
from incidents.linking.merging import merge, take_back, unmerge
from incidents.linking.panel import may_merge
from incidents.linking.picking import Purpose, candidates
from incidents.linking.queries import drawn, links_of, merge_of
from incidents.response.models import Incident
from incidents.response.refusals import Refusal

LINKS, MERGE = "incidents/links.html", "incidents/merge.html"


def links(request: AirpRequest, reference: str) -> HttpResponse:
    """GET shows the links as they are and were, POST adds one. `?find=` looks for others."""
    found = fetch(request, reference)
    words = request.GET.get("find", "")
    form = LinkForm(_posted(request), incident=found, user=request.user, words=words)
    if request.method == "POST" and form.is_valid():
        relation, source, target = form.pair
        try:
            link(relation, source, target, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            names = {"one": found.reference, "other": form.cleaned_data["other"].reference}
            notice = _("%(one)s and %(other)s are linked. Both records say so.") % names
            return go(request, "incidents:links", reference, notice=notice)
    context = _shown(request, found, form)
    return refused(request, LINKS, context) if form.errors else answer(request, LINKS, context)


@require_POST
def end(request: AirpRequest, reference: str, pk: int) -> HttpResponse:
    """The link was wrong, or is no longer so, with the reason."""
    found = fetch(request, reference)
    chosen = get_object_or_404(Link.objects.visible_to(request.user).of(found), pk=pk)
    form = ReasonForm(request.POST, auto_id=f"end-{pk}-%s")
    if form.is_valid():
        try:
            end_link(chosen, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return go(request, "incidents:links", reference, notice=_("The link has ended. It stays as history."))
    context = _shown(request, found, LinkForm(incident=found, user=request.user), ending=(pk, form))
    return refused(request, LINKS, context)


def offers(request: AirpRequest, reference: str) -> HttpResponse:
    """The incidents to choose from, for what is typed."""
    found = fetch(request, reference)
    purpose = Purpose.MERGE if request.GET.get("for") == Purpose.MERGE else Purpose.LINK
    words = request.GET.get("find", "")
    context = {"offered": candidates(found, request.user, purpose=purpose, words=words), "words": words}
    return answer(request, f"{LINKS}#candidates", context)


def merge_page(request: AirpRequest, reference: str) -> HttpResponse:
    """GET shows what it could be merged into and what follows, POST merges."""
    found, now = fetch(request, reference), timezone.now()
    form = MergeForm(_posted(request), incident=found, user=request.user, words=request.GET.get("find", ""))
    if request.method == "POST" and form.is_valid():
        survivor = form.cleaned_data["other"]
        try:
            made = merge(found, survivor, by=request.user, now=now, note=form.cleaned_data["note"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            names = {"duplicate": found.reference, "survivor": survivor.reference}
            notice = _("%(duplicate)s is merged into this one, %(survivor)s.") % names
            undo = reverse("incidents:merge_undo", args=[made.pk])
            return go(request, "incidents:incident", survivor.reference, notice=notice, undo_url=undo)
    context = {"incident": found, "form": form, "may_merge": may_merge(request.user, found)}
    return refused(request, MERGE, context) if form.errors else answer(request, MERGE, context)


def unmerge_page(request: AirpRequest, reference: str) -> HttpResponse:
    """GET asks why they are not the same, POST takes the merge back."""
    found = fetch(request, reference)
    made = merge_of(found, request.user)
    if made is not None and not getattr(made, "is_seen", False):
        raise Http404
    form = ReasonForm(_posted(request), auto_id="unmerge-%s")
    form.fields["reason"].label = _("Why they are not the same")
    if made is None:
        form.add_error(None, _("%(reference)s is not merged.") % {"reference": reference}) if form.is_bound else None
    elif request.method == "POST" and form.is_valid():
        try:
            unmerge(made, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return go(request, "incidents:incident", reference, notice=_("It stands by itself again, as before."))
    context = {"incident": found, "merge": made, "form": form, "is_parting": True}
    return refused(request, MERGE, context) if form.errors else answer(request, MERGE, context)


@require_POST
def undo(request: AirpRequest, pk: int) -> HttpResponse:
    """Take a merge of one's own back at once, with all that was merged by the same press."""
    made = get_object_or_404(Merge.objects.select_related("duplicate", "survivor"), pk=pk)
    pair = {made.duplicate_id, made.survivor_id}
    if Incident.objects.visible_to(request.user).filter(pk__in=pair).count() < len(pair):
        raise Http404
    try:
        undone = take_back(made, by=request.user, now=timezone.now())
    except Refusal as refusal:
        return go(request, "incidents:incident", made.duplicate.reference, notice=str(refusal))
    if len(undone) > 1:
        return go(request, "incidents:board", notice=_("Taken back: each stands by itself again, as before."))
    notice = _("Taken back: %(reference)s stands as before.") % {"reference": made.duplicate.reference}
    return go(request, "incidents:incident", made.duplicate.reference, notice=notice)


def fetch(request: AirpRequest, reference: str) -> Incident:
    visible = Incident.objects.visible_to(request.user).select_related("severity", "harm_kind", "system")
    found: Incident = get_object_or_404(visible, reference=reference)
    return found


def _posted(request: AirpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _shown(
    request: AirpRequest, found: Incident, form: LinkForm, *, ending: tuple[int, ReasonForm] | None = None
) -> dict[str, Any]:
    """The page: links that hold and those that ended; `ending` is the refused end of one."""
    may_link = request.user.can(LINK)
    rows = drawn(links_of(found, request.user).select_related("by", "ended_by"), found)
    for row in rows:
        pk = row["link"].pk
        mine = ending[1] if ending and ending[0] == pk else None
        may_end = may_link and row["link"].is_open and not row["is_merge"]
        row["end"] = (mine or ReasonForm(auto_id=f"end-{pk}-%s")) if may_end else None
    return {
        "incident": found,
        "rows": [row for row in rows if row["link"].is_open],
        "ended": [row for row in rows if not row["link"].is_open],
        "form": form if may_link else None,
        "may_merge": may_merge(request.user, found),
    }
