"""The register of playbooks and the page on which one is read."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, go, refused
from incidents.classification.models import HarmKind
from incidents.playbooks import shipped
from incidents.playbooks.playbook import Playbook, PlaybookVersion
from incidents.playbooks.playbook_forms import PlaybookForm, WhyForm
from incidents.playbooks.queries import register
from incidents.playbooks.states import VersionState
from incidents.playbooks.wording import Names, scope_words, specificity_words, step_rows
from incidents.response.refusals import Refusal
from incidents.systems.models import AISystem

LIST = "incidents/playbooks.html"
PAGE = "incidents/playbook.html"
NEW = "incidents/playbook_new.html"


def playbooks(request: AirpRequest) -> HttpResponse:
    """What is in force, for which incidents, and how the fitting one is chosen."""
    is_retired = request.GET.get("show") == "retired"
    names = names_of_scopes()
    rows = [
        row | {"scope": scope_words(row["published"].scope, names) if row["published"] else ""}
        for row in register(request.user, is_retired=is_retired)
    ]
    context = {
        "now": timezone.now(),
        "rows": rows,
        "may_edit": may_edit(request.user),
        "is_retired": is_retired,
        "tabs": [
            {"label": _("In use"), "url": "?", "count": None, "is_current": not is_retired},
            {"label": _("Retired"), "url": "?show=retired", "count": None, "is_current": is_retired},
        ],
    }
    return answer(request, LIST, context)


def playbook(request: AirpRequest, slug: str) -> HttpResponse:
    """One version to read: the one in force, or `?version=`."""
    found = get_object_or_404(Playbook, slug=slug)
    return answer(request, PAGE, page_context(request, found, now=timezone.now()))


def new(request: AirpRequest) -> HttpResponse:
    """A playbook begins with its name and an empty draft."""
    form = PlaybookForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return answer(request, NEW, {"form": form})
    if not form.is_valid():
        return refused(request, NEW, {"form": form})
    purpose = form.cleaned_data["purpose"]
    made = Playbook.objects.create(slug=form.slug, name=form.cleaned_data["name"], purpose=purpose)
    made.begin_draft(by=request.user, now=timezone.now())
    return go(request, "incidents:playbook_draft", made.slug)


def install_shipped(request: AirpRequest) -> HttpResponse:
    """The playbooks that come with airp, where they are missing."""
    added = shipped.install(by=request.user, now=timezone.now())
    notice = ngettext("%(n)d playbook added.", "%(n)d playbooks added.", added) % {"n": added}
    return go(request, "incidents:playbooks", notice=notice)


def retire(request: AirpRequest, slug: str) -> HttpResponse:
    """Nobody should use it any more, with the reason."""
    found, form = get_object_or_404(Playbook, slug=slug), WhyForm(request.POST, name="retire")
    if form.is_valid():
        try:
            found.retire(by=request.user, now=timezone.now(), why=form.cleaned_data["why"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    if form.errors:
        context = page_context(request, found, now=timezone.now()) | {"retire_form": form}
        return refused(request, PAGE, context)
    return go(request, "incidents:playbook", slug, notice=_("Retired. What runs goes on."))


def page_context(request: AirpRequest, found: Playbook, *, now: datetime) -> dict[str, Any]:
    versions = list(found.versions.select_related("published_by").order_by("-number"))
    shown = _shown(versions, request.GET.get("version", ""))
    edits = may_edit(request.user)
    return {
        "now": now,
        "playbook": found,
        "version": shown,
        "versions": [version for version in versions if not version.is_draft],
        "draft": next((version for version in versions if version.is_draft), None),
        "steps": step_rows(shown) if shown else [],
        "scope": scope_words(shown.scope, names_of_scopes()) if shown else "",
        "specificity": specificity_words(shown.scope) if shown else "",
        "may_edit": edits,
        "may_drill": request.user.can(Capability.DECLARE) and found.retired_at is None,
        "retire_form": WhyForm(name="retire") if edits and found.retired_at is None else None,
    }


def names_of_scopes() -> Names:
    return Names(
        systems=dict(AISystem.objects.values_list("slug", "name")),
        harm_kinds=dict(HarmKind.objects.values_list("slug", "name")),
    )


def may_edit(user: User) -> bool:
    return user.can(Capability.CONFIGURE)


def _shown(versions: list[PlaybookVersion], asked: str) -> PlaybookVersion | None:
    """The version that was asked for, else the one in force, else the newest; a draft stands on its own page."""
    readable = [version for version in versions if not version.is_draft]
    if asked:
        found = [version for version in readable if str(version.number) == asked]
        if not found:
            raise Http404
        return found[0]
    in_force = [version for version in readable if version.state == VersionState.PUBLISHED]
    return next(iter([*in_force, *readable]), None)
