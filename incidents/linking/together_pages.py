"""Several incidents that somebody chose on the board: merge them into one of them, or link them to it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.linking.forms import LinkTogetherForm, TogetherForm
from incidents.linking.linking import LINK, link
from incidents.linking.merging import merge_all
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.response.relations import Relation
from incidents.response.states import MOVES, PATH, State, Verb

PAGE = "incidents/together.html"
MOST = 20
# What of the board's address is kept for the way back; the rest of it names rows.
KEPT = ("state", "whose", "severity", "system", "kind", "q", "sort")


def together(request: AirpRequest) -> HttpResponse:
    """The incidents that `?chosen=` names, the likeliest to stay chosen beforehand."""
    chosen = _chosen(request, request.GET)
    initial = {"one": _likeliest(chosen).reference} if chosen else {}
    merging = TogetherForm(chosen=chosen, initial=initial)
    linking = LinkTogetherForm(chosen=chosen, initial=initial | {"way": "related-source"})
    return answer(request, PAGE, _context(request, request.GET, chosen, merging, linking))


@require_POST
def merge_chosen(request: AirpRequest) -> HttpResponse:
    """Merge the others into the one. Each refusal is told, none stops the others."""
    chosen, now = _chosen(request, request.POST), timezone.now()
    form = TogetherForm(request.POST, chosen=chosen)
    if form.is_valid():
        survivor, others = _split(chosen, form.cleaned_data["one"])
        done = merge_all(others, survivor, by=request.user, now=now, note=form.cleaned_data["note"])
        if done.merges:
            n = len(done.merges)
            words = ngettext("%(n)d merged into %(one)s.", "%(n)d merged into %(one)s.", n)
            notice = " ".join([words % {"n": n, "one": survivor.reference}, *done.refusals])
            undo = reverse("incidents:merge_undo", args=[done.merges[0].pk])
            return go(request, _board(request.POST), notice=notice, undo_url=undo)
        for refusal in done.refusals or [_("Choose at least two incidents.")]:
            form.add_error(None, refusal)
    linking = LinkTogetherForm(chosen=chosen, initial={"way": "related-source"})
    return refused(request, PAGE, _context(request, request.POST, chosen, form, linking))


@require_POST
def link_chosen(request: AirpRequest) -> HttpResponse:
    """Link each of the others to the one. What is so already is no failure."""
    chosen, now = _chosen(request, request.POST), timezone.now()
    form = LinkTogetherForm(request.POST, chosen=chosen)
    if form.is_valid():
        target, others = _split(chosen, form.cleaned_data["one"])
        relation = Relation(form.cleaned_data["way"].partition("-")[0])
        n, refusals = 0, []
        for source in others:
            try:
                link(relation, source, target, by=request.user, now=now, reason=form.cleaned_data["reason"])
                n += 1
            except Refusal as refusal:
                refusals.append(str(refusal))
        if n:
            words = ngettext("%(n)d linked to %(one)s.", "%(n)d linked to %(one)s.", n)
            notice = " ".join([words % {"n": n, "one": target.reference}, *refusals])
            return go(request, _board(request.POST), notice=notice)
        for sentence in refusals or [_("Choose at least two incidents.")]:
            form.add_error(None, sentence)
    return refused(request, PAGE, _context(request, request.POST, chosen, TogetherForm(chosen=chosen), form))


def _chosen(request: AirpRequest, given: QueryDict) -> list[Incident]:
    """Explicit references, of those that exist for the person, in the order of their declaration."""
    references = given.getlist("chosen")[:MOST]
    visible = Incident.objects.visible_to(request.user).filter(reference__in=references)
    return list(visible.select_related("severity", "system").order_by("declared_at", "pk"))


def _likeliest(chosen: Sequence[Incident]) -> Incident:
    """Whoever is furthest on its way and still under way; of equals the worst, then the oldest."""

    def order(incident: Incident) -> tuple[bool, int, int]:
        place = PATH.index(State(incident.state)) if incident.is_under_way else 0
        return not incident.is_under_way, -place, incident.severity.rank

    return min(chosen, key=order)


def _split(chosen: Sequence[Incident], reference: str) -> tuple[Incident, list[Incident]]:
    one = next(each for each in chosen if each.reference == reference)
    return one, [each for each in chosen if each is not one]


def _board(given: QueryDict) -> str:
    """The board as it was left."""
    state, kept = QueryDict(given.get("list", "")), QueryDict(mutable=True)
    for name in KEPT:
        if name in state:
            kept[name] = state[name][:100]
    return f"{reverse('incidents:board')}?{kept.urlencode()}" if kept else reverse("incidents:board")


def _context(
    request: AirpRequest, given: QueryDict, chosen: Sequence[Incident], merging: TogetherForm, linking: LinkTogetherForm
) -> dict[str, Any]:
    return {
        "chosen": chosen,
        "merging": merging if request.user.can(MOVES[Verb.MERGE].capability) else None,
        "linking": linking if request.user.can(LINK) else None,
        "list": given.get("list", ""),
        "are_enough": len(chosen) > 1,
    }
