"""Routing keys on the page of a source: issued, shown once, revoked."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, conflicted, go
from incidents.detection.routing_keys import RoutingKey
from incidents.detection.source_pages import PAGE, find, page_context
from incidents.detection.sources import NoFreeToken


@require_POST
def source_routing_keys(request: AirpRequest, pk: int) -> HttpResponse:
    """Issue a key and show it, this once. With two live ones it is refused."""
    found = find(pk)
    try:
        key = RoutingKey.issue(found, by=request.user, now=timezone.now())
    except NoFreeToken:
        refusal = _("Two routing keys are live. Revoke the one that is no longer used, then issue a new one.")
        return conflicted(request, PAGE, page_context(request, found) | {"refusal": refusal})
    address = f"{settings.BASE_URL}{reverse('incidents:ingest_pagerduty')}"
    return answer(request, "incidents/routing_key.html", {"source": found, "key": key, "address": address})


@require_POST
def source_routing_key_revocation(request: AirpRequest, pk: int, key: int) -> HttpResponse:
    """End a key at once."""
    found = get_object_or_404(RoutingKey.objects.select_related("source"), pk=key, source=pk)
    found.revoke(by=request.user, now=timezone.now())
    notice = _("Revoked. Whoever still uses it is refused from now on.")
    return go(request, "incidents:source", pk, notice=notice)
