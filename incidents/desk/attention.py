"""Pinning entries of the timeline, whom a note can mention, and waving a mention off."""

from collections.abc import Callable

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import go, toast, wants_fragment
from incidents.attention import mentions
from incidents.attention.mentions import Mention
from incidents.attention.pins import pin, unpin
from incidents.desk.incident import taken
from incidents.desk.naming import offered
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.response.timeline import TimelineEntry

LONGEST_BEGINNING = 40


def pin_entry(request: AirpRequest, reference: str, number: int) -> HttpResponse:
    """Hold an entry up above the timeline."""
    undo_url = reverse("incidents:entry_unpin", args=[reference, number])
    return _done(request, reference, number, pin, notice=_("Entry %(n)d pinned."), undo_url=undo_url)


def unpin_entry(request: AirpRequest, reference: str, number: int) -> HttpResponse:
    undo_url = reverse("incidents:entry_pin", args=[reference, number])
    return _done(request, reference, number, unpin, notice=_("Entry %(n)d unpinned."), undo_url=undo_url)


def mentionable(request: AirpRequest, reference: str) -> HttpResponse:
    """People who may see the incident and whose name begins like `q`: nobody else can be mentioned in it."""
    incident = get_object_or_404(Incident.objects.visible_to(request.user), reference=reference)
    return JsonResponse({"people": offered(incident, request.GET.get("q", "").strip()[:LONGEST_BEGINNING])})


def dismiss_mention(request: AirpRequest, pk: int) -> HttpResponse:
    """It needs nothing of me."""
    mentions.dismiss(_own(request, pk), now=timezone.now())
    undo_url = reverse("incidents:mention_return", args=[pk])
    return go(request, "incidents:my_work", notice=_("Dismissed."), undo_url=undo_url)


def return_mention(request: AirpRequest, pk: int) -> HttpResponse:
    """It waits for me again."""
    mentions.take_dismissal_back(_own(request, pk))
    if wants_fragment(request):
        return toast(HttpResponse(), _("It waits for you again. Reload to see it."))
    return go(request, "incidents:my_work", notice=_("It waits for you again."))


def _own(request: AirpRequest, pk: int) -> Mention:
    return get_object_or_404(Mention.objects.visible_to(request.user), pk=pk)


def _done(
    request: AirpRequest, reference: str, number: int, verb: Callable[..., object], *, notice: str, undo_url: str
) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.visible_to(request.user), reference=reference)
    try:
        verb(incident, number, by=request.user, now=timezone.now())
    except TimelineEntry.DoesNotExist:
        raise Http404 from None
    except Refusal as refusal:
        return taken(request, reference, notice=str(refusal))
    return taken(request, reference, notice=notice % {"n": number}, undo_url=undo_url)
