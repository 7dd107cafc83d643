"""The whole incident on paper: absolute times in UTC, every entry of the record, nothing to press."""

from datetime import UTC
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer
from incidents.desk.room import compose, incidents_of_the_page
from incidents.desk.timeline import everything

PAGE = "incidents/record.html"
MOST_ENTRIES = 2_000


def record(request: AirpRequest, reference: str) -> HttpResponse:
    """Bounded, and it says so where it is cut."""
    found: Any = get_object_or_404(incidents_of_the_page(request.user), reference=reference)
    now = timezone.now()
    with timezone.override(UTC):
        context = compose(request, found, now=now)
        entries, is_cut = everything(found, reader=request.user, most=MOST_ENTRIES)
        context |= {"record": entries, "is_cut": is_cut, "most": MOST_ENTRIES, "newest_seq": found.newest_seq}
        return answer(request, PAGE, context)
