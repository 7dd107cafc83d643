"""The page on which people keep their saved views."""

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused
from incidents.desk import filters as board
from incidents.desk.inbox import filters as inbox
from incidents.desk.views_bar import Bar, address_of
from incidents.desk.views_forms import NameForm, ViewForm
from incidents.response.refusals import Refusal
from incidents.saved_views import saving
from incidents.saved_views.records import SavedView, Sharing, ViewedList

PAGE = "incidents/saved_views.html"


def saved_views(request: AirpRequest, viewed: str) -> HttpResponse:
    """My views of a list and those that others share. POST saves the filters that the form carries."""
    which = _list(request, viewed)
    if request.method != "POST":
        return answer(request, PAGE, _context(request, which))
    form = ViewForm(request.POST, user=request.user)
    if form.is_valid():
        given = form.cleaned_data
        try:
            view = saving.save_view(
                which,
                name=" ".join(given["name"].split()),
                query=_plain(which, given["query"]),
                sharing=Sharing(given.get("sharing") or Sharing.PRIVATE),
                by=request.user,
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error("name", str(refusal))
        else:
            return go(request, address_of(which, view.query), notice=_("Saved as “%(name)s”.") % {"name": view.name})
    return refused(request, PAGE, _context(request, which, form=form))


@require_POST
def rename(request: AirpRequest, pk: int) -> HttpResponse:
    view = _own(request, pk)
    form = NameForm(request.POST, auto_id=f"view-{pk}-%s")
    if form.is_valid():
        try:
            saving.rename(view, name=" ".join(form.cleaned_data["name"].split()))
        except Refusal as refusal:
            form.add_error("name", str(refusal))
        else:
            return _kept(request, view, _("Renamed."))
    return refused(request, PAGE, _context(request, ViewedList(view.viewed), naming={pk: form}))


@require_POST
def set_sharing(request: AirpRequest, pk: int) -> HttpResponse:
    view, given = _own(request, pk), request.POST.get("sharing", "")
    sharing = Sharing(given) if given in Sharing.values else Sharing.PRIVATE
    try:
        saving.share(view, sharing, by=request.user, now=timezone.now())
    except Refusal as refusal:
        return _kept(request, view, str(refusal))
    return _kept(
        request, view, _("Everybody who reads this list sees it.") if view.is_shared else _("Only you see it.")
    )


@require_POST
def move(request: AirpRequest, pk: int) -> HttpResponse:
    view = _own(request, pk)
    saving.move(view, -1 if request.POST.get("to") == "earlier" else 1)
    return _kept(request, view, "")


@require_POST
def remove(request: AirpRequest, pk: int) -> HttpResponse:
    view = _own(request, pk)
    saving.remove(view, now=timezone.now())
    undo_url = reverse("incidents:saved_view_return", args=[pk])
    return _kept(request, view, _("“%(name)s” deleted.") % {"name": view.name}, undo_url=undo_url)


@require_POST
def bring_back(request: AirpRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    try:
        saving.bring_back(view, now=timezone.now())
    except Refusal as refusal:
        return _kept(request, view, str(refusal))
    return _kept(request, view, _("“%(name)s” is back.") % {"name": view.name})


@require_POST
def set_default(request: AirpRequest, pk: int) -> HttpResponse:
    """The list opens in this view, mine or shared; `whole` opens it whole again."""
    view = get_object_or_404(SavedView.objects.usable_by(request.user), pk=pk)
    _list(request, view.viewed)
    if request.POST.get("to") == "whole":
        saving.open_with_none(view.viewed, person=request.user)
        return _kept(request, view, _("The list opens whole again."))
    saving.open_with(view, person=request.user)
    return _kept(request, view, _("The list opens in “%(name)s” for you.") % {"name": view.name})


def _list(request: AirpRequest, viewed: str) -> ViewedList:
    if viewed not in ViewedList.values or not request.user.can(ViewedList(viewed).demands):
        raise Http404
    return ViewedList(viewed)


def _own(request: AirpRequest, pk: int) -> SavedView:
    return get_object_or_404(SavedView.objects.standing(), pk=pk, owner=request.user)


def _plain(viewed: ViewedList, query: str) -> str:
    """The filters in the one form in which the list itself writes them; everything else is left out."""
    reads: Any = inbox.Filters if viewed is ViewedList.TRIAGE else board.Filters
    found: str = reads.read(QueryDict(query)).url_query()
    return found


def _kept(request: AirpRequest, view: SavedView, notice: str, *, undo_url: str = "") -> HttpResponse:
    return go(request, "incidents:saved_views", view.viewed, notice=notice, undo_url=undo_url)


def _context(
    request: AirpRequest, viewed: ViewedList, *, form: ViewForm | None = None, naming: dict[int, NameForm] | None = None
) -> dict[str, Any]:
    user = request.user
    own, others = [], []
    for view in Bar.of(user, viewed).views:
        row = {"view": view, "url": address_of(viewed, view.query), "asks": _asked(view.query)}
        if view.owner_id == user.pk:
            fresh = NameForm(initial={"name": view.name}, auto_id=f"view-{view.pk}-%s")
            own.append(row | {"form": (naming or {}).get(view.pk, fresh)})
        else:
            others.append(row)
    return {
        "viewed": viewed,
        "list_url": address_of(viewed, ""),
        "own": own,
        "others": others,
        "may_share": user.can(saving.SHARE),
        "form": form,
        "renaming": set(naming or {}),
        "now": timezone.now(),
    }


def _asked(query: str) -> str:
    """The filters in one line."""
    return " · ".join(f"{name}: {value}" for name, value in QueryDict(query).items()) or _("everything")
