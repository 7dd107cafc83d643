"""Pages to read: the systems under watch with their people and versions, and the severity levels."""

from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web import times
from airp.web.answers import answer
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.desk.choices import levels
from incidents.desk.rows import drawn, listed
from incidents.detection.change_reading import changes_of_system
from incidents.detection.queries import open_breaches_of
from incidents.response.models import Incident
from incidents.response.states import OPEN
from incidents.systems.models import AISystem, Ownership, OwnershipRole

RECENT_INCIDENTS = 10
VERSIONS_SHOWN = 30


def systems(request: AirpRequest) -> HttpResponse:
    """All systems with owner and number of open incidents that the person may see."""
    owners = {
        each.system_id: each
        for each in Ownership.objects.filter(role=OwnershipRole.OWNER).select_related("person", "deputy")
    }
    visible = Incident.objects.visible_to(request.user).filter(state__in=OPEN).order_by()
    open_counts = dict(visible.values_list("system").annotate(n=Count("pk")))
    rows = [
        {"system": system, "owner": owners.get(system.pk), "open": open_counts.get(system.pk, 0)}
        for system in AISystem.objects.order_by("retired_at", "name")
    ]
    return answer(request, "incidents/systems.html", {"rows": rows, "may_configure": _may_configure(request.user)})


def system(request: AirpRequest, slug: str) -> HttpResponse:
    """One system: what it is for, who answers for it, what ran when (`?at=`), its incidents."""
    found, now = get_object_or_404(AISystem, slug=slug), timezone.now()
    at = times.read(request.GET.get("at", ""))
    mine = listed(request.user).filter(system=found).order_by("-declared_at", "-id")
    context = {
        "now": now,
        "system": found,
        "people": _people(found),
        "versions_now": found.versions_at(now),
        "at": at,
        "at_text": request.GET.get("at", ""),
        "versions_then": found.versions_at(at) if at else [],
        "history": found.versions.order_by("-deployed_from", "-pk")[:VERSIONS_SHOWN],
        "changes": changes_of_system(found),
        "breaches": open_breaches_of(found, request.user),
        "open_rows": drawn(mine.filter(state__in=OPEN)[:25], request.user, now=now),
        "recent_rows": drawn(mine.exclude(state__in=OPEN)[:RECENT_INCIDENTS], request.user, now=now),
        "may_configure": _may_configure(request.user),
    }
    return answer(request, "incidents/system.html", context)


def severity_levels(request: AirpRequest) -> HttpResponse:
    """What the levels mean and demand, and the harm kinds."""
    shown = [_level(level) for level in levels()]
    kinds = HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name")
    context = {"levels": shown, "kinds": kinds, "may_configure": _may_configure(request.user)}
    return answer(request, "incidents/severity_levels.html", context)


def _level(level: SeverityLevel) -> dict[str, Any]:
    every = level.update_minutes
    again = level.reassess_minutes
    return {
        "level": level,
        "reassess": _("within %(span)s while provisional") % {"span": times.span(again * 60)}
        if again
        else _("on the next working day while provisional"),
        "examples": level.examples.splitlines(),
        "acknowledge": _("within %(span)s") % {"span": times.span(level.acknowledge_minutes * 60)},
        "contain": _("within %(span)s") % {"span": times.span(level.contain_minutes * 60)},
        "update": _("every %(span)s") % {"span": times.span(every * 60)} if every else _("no regular update promised"),
    }


def _people(found: AISystem) -> list[dict[str, Any]]:
    """Every role with its person and deputy; gaps stay visible."""
    named = {each.role: each for each in found.ownerships.select_related("person", "deputy")}
    return [{"label": label, "ownership": named.get(role)} for role, label in OwnershipRole.choices]


def _may_configure(user: User) -> bool:
    return user.can(Capability.CONFIGURE)
