"""Pages to read: all sources, and one with what it sent, what was refused and how to set up its client."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer
from incidents.detection.alert_reading import heard_lately
from incidents.detection.change_reading import changes_of_source
from incidents.detection.client_setup import Place, snippets
from incidents.detection.hearing_notice import deaf_notice
from incidents.detection.self_test import Tested
from incidents.detection.source_listing import (
    FULL,
    Asked,
    Standing,
    labels,
    order_labels,
    page_of,
    row_of,
    standing_of,
)
from incidents.detection.source_reading import newest_series_of, rate_of, refusals_of, silences_of, skew_of
from incidents.detection.sources import MAX_SERIES, SignalSource, SourceKind, SourceState
from incidents.systems.models import AISystem

LIST, PAGE = "incidents/sources.html", "incidents/source.html"


def sources(request: AirpRequest) -> HttpResponse:
    """All sources: `?q=` searches, `?state=` filters, `?sort=` orders, `?after=` pages by key."""
    now, asked = timezone.now(), Asked.read(request.GET)
    page, last = page_of(asked, now=now)
    query = request.GET.copy()
    if last is not None:
        query["after"] = str(last)
    context = {
        "now": now,
        "deaf": deaf_notice(now=now),
        "asked": asked,
        "rows": [row_of(source, now=now) for source in page],
        "states": [("", _all_states()), *labels().items(), (FULL, _nearly_full())],
        "orders": list(order_labels().items()),
        "is_narrowed": bool(asked.search or asked.standing or asked.after),
        "older_url": f"?{query.urlencode()}" if last is not None else "",
        "series_cap": MAX_SERIES,
        "may_configure": request.user.can(Capability.CONFIGURE),
    }
    return answer(request, LIST, context, partial="list")


def source(request: AirpRequest, pk: int) -> HttpResponse:
    """One source. `?code=` narrows its refusals, `?before=` pages them, `?client=` shows another client's set-up."""
    return answer(request, PAGE, page_context(request, find(pk)))


def find(pk: int) -> SignalSource:
    return get_object_or_404(SignalSource.objects.select_related("system", "activity"), pk=pk)


def page_context(request: AirpRequest, found: SignalSource, *, tested: Tested | None = None) -> dict[str, Any]:
    """Everything that the page of a source shows."""
    now = timezone.now()
    row = row_of(found, now=now)
    return {
        "now": now,
        "deaf": deaf_notice(now=now),
        "source": found,
        "row": row,
        "is_silent": standing_of(found, now=now) == Standing.SILENT,
        "is_active": found.state == SourceState.ACTIVE,
        "silence_seconds": int(found.silence_limit.total_seconds()),
        "rate": rate_of(found, now=now),
        "skew": skew_of(found, now=now),
        "silences": silences_of(found, request.user),
        "tokens": list(found.tokens.order_by("issued_at")),
        "routing_keys": list(found.routing_keys.order_by("issued_at")),
        "heard": heard_lately(found, request.user),
        "changes": changes_of_source(found),
        "dialect_url": _admin_url(request, found),
        "series": newest_series_of(found),
        "series_cap": MAX_SERIES,
        "may_configure": request.user.can(Capability.CONFIGURE),
        "tested": tested,
        **_refusals(request, found),
        **_clients(request, found),
    }


def system_named_in_tests(source: SignalSource) -> str:
    """The system that examples and tests are about; empty where none is known yet."""
    system = source.system or AISystem.objects.filter(retired_at__isnull=True).order_by("pk").first()
    return system.slug if system else ""


def _refusals(request: AirpRequest, found: SignalSource) -> dict[str, Any]:
    code, before = request.GET.get("code", "").replace("\x00", "")[:30], request.GET.get("before", "")
    page = refusals_of(found, code=code, before=int(before) if before.isdecimal() and len(before) < 19 else None)
    query = request.GET.copy()
    query["before"] = str(page["older"])
    older = f"?{query.urlencode()}#refusals" if page["older"] else ""
    return {"refusals": page["rows"], "codes": page["codes"], "code": code, "older_url": older}


def _admin_url(request: AirpRequest, found: SignalSource) -> str:
    """Where an admin writes down how the source words its alerts."""
    if not request.user.can(Capability.CONFIGURE):
        return ""
    return f"{reverse('admin:incidents_signalsource_change', args=[found.pk])}#dialect-group"


def _clients(request: AirpRequest, found: SignalSource) -> dict[str, Any]:
    asked = request.GET.get("client", "")
    chosen = asked if asked in SourceKind.values else found.kind
    url = reverse("incidents:source", args=[found.pk])
    tabs = [
        {
            "label": kind.label,
            "url": f"{url}?client={kind.value}#setup",
            "is_current": kind.value == chosen,
            "count": None,
        }
        for kind in SourceKind
    ]
    place = Place(base_url=settings.BASE_URL, system=system_named_in_tests(found) or "your-system")
    is_manual = chosen == SourceKind.MANUAL
    return {
        "client_tabs": tabs,
        "snippets": snippets(chosen, place),
        "is_manual": is_manual,
        "by_hand": _by_hand(request) if is_manual else [],
    }


def _by_hand(request: AirpRequest) -> list[tuple[str, str]]:
    """Where this person may enter what was reported."""
    offered = (
        (Capability.TAKE_COMPLAINTS, "incidents:complaint_intake", _("Enter a complaint")),
        (Capability.IMPORT_COMPLAINTS, "incidents:complaint_import", _("Bring in a CSV file")),
    )
    return [(reverse(name), words) for capability, name, words in offered if request.user.can(capability)]


def _all_states() -> str:
    return _("All but retired")


def _nearly_full() -> str:
    return _("Nearly at the cap of label combinations")
