"""Pages to read: all sources, and one with what it sent, what was refused and how to send."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer
from incidents.detection.series import SignalSeries
from incidents.detection.sources import MAX_SERIES, SignalSource, SourceState
from incidents.systems.models import AISystem

REFUSALS_SHOWN = 50


def sources(request: AirpRequest) -> HttpResponse:
    """All sources with what they did lately."""
    now = timezone.now()
    found = SignalSource.objects.select_related("system", "activity").order_by("state", "name")
    context = {
        "now": now,
        "rows": [_row(source, now=now) for source in found[:500]],
        "may_configure": request.user.can(Capability.CONFIGURE),
    }
    return answer(request, "incidents/sources.html", context)


def source(request: AirpRequest, pk: int) -> HttpResponse:
    """One source: when it was last heard, its counters, refusals with their reason, and a line to try it."""
    now = timezone.now()
    found = get_object_or_404(SignalSource.objects.select_related("system", "activity"), pk=pk)
    may_configure = request.user.can(Capability.CONFIGURE)
    context = {
        "now": now,
        "source": found,
        "row": _row(found, now=now),
        "tokens": found.tokens.order_by("issued_at"),
        "refusals": found.refusals.order_by("-at", "-pk")[:REFUSALS_SHOWN],
        "series_count": SignalSeries.objects.filter(source=found).count(),
        "series_cap": MAX_SERIES,
        "command": _command(found, now=now),
        "edit_url": reverse("admin:incidents_signalsource_change", args=[pk]) if may_configure else "",
    }
    return answer(request, "incidents/source.html", context)


def _row(source: SignalSource, *, now: datetime) -> dict[str, Any]:
    activity = getattr(source, "activity", None)
    is_active = source.state == SourceState.ACTIVE
    return {
        "source": source,
        "url": reverse("incidents:source", args=[source.pk]),
        "activity": activity,
        "tone": "info" if not is_active else "high" if source.is_silent(now=now) else "good",
        "is_active": is_active,
        "is_silent": source.is_silent(now=now),
        "is_new": activity is None,
    }


def _command(source: SignalSource, *, now: datetime) -> str:
    system = source.system or AISystem.objects.filter(retired_at__isnull=True).order_by("pk").first()
    slug = system.slug if system else "your-system"
    sample = f'[{{"id":"try-1","ts":"{now:%Y-%m-%dT%H:%M:%SZ}","system":"{slug}","kind":"traffic","n":100,"bad":1}}]'
    return (
        f"curl {settings.BASE_URL}{reverse('incidents:ingest_signals')} \\\n"
        '  -H "Authorization: Bearer $AIRP_TOKEN" -H "Content-Type: application/json" \\\n'
        f"  -d '{sample}'"
    )
