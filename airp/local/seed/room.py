"""What people hold up and whom they name in the incident that is still open, and how they look at their lists."""

from datetime import datetime, timedelta

from airp.local.seed.people import People
from incidents.attention.mentions import note_mentions
from incidents.attention.pins import Pin, pin
from incidents.response.mentions import find, handles_of
from incidents.response.models import Incident
from incidents.response.readers import readers_of
from incidents.response.timeline import PendingReaction
from incidents.response.visibility import Visibility
from incidents.saved_views.records import SavedView, Sharing, ViewedList
from incidents.saved_views.saving import save_view
from incidents.status.subscriptions import subscribe
from incidents.status.words import word_status

NOTE = "@helene.dahl, may we name the number of readers in the notice? @kofi.mensah waits for it with the text."
HAPPENED = "Summaries written by the AI left out dates, so that some readers took old news for new."
ADVICE = "Tell readers who ask that the texts concerned are marked, and that the corrected ones show the date on top."


def install(people: People, *, now: datetime) -> None:
    """Tell it once."""
    if not SavedView.objects.exists():
        save_view(ViewedList.TRIAGE, name="Complaints", query="kind=complaint", sharing=Sharing.SHARED,
                  by=people["sara"], now=now)  # fmt: skip
        save_view(ViewedList.BOARD, name="Worst first", query="sort=severity", sharing=Sharing.SHARED,
                  by=people["lars"], now=now)  # fmt: skip
        save_view(ViewedList.BOARD, name="Mine, all states", query="state=all&whose=mine&sort=newest",
                  sharing=Sharing.PRIVATE, by=people["tomas"], now=now)  # fmt: skip
    incident = _open_one(now=now)
    if incident is None or Pin.objects.exists():
        return
    found = find(NOTE, handles_of(readers_of(incident).values_list("pk", "name")))
    note = incident.add_note(text=NOTE, found=found, by=people["tomas"], now=now)
    waiting = PendingReaction.objects.get(entry=note)
    note_mentions(waiting, now=now)
    waiting.delete()  # it waits in my work; nobody is mailed about the past
    pin(incident, note.seq, by=people["tomas"], now=now)
    pin(incident, 1, by=people["sara"], now=now)
    word_status(incident, happened=HAPPENED, advice=ADVICE, by=people["kofi"], now=now, expected=0)
    subscribe(incident, person=people["anders"], now=now)


def _open_one(*, now: datetime) -> Incident | None:
    """The one whose exposure is told (`impact.py`)."""
    open_ones = Incident.objects.under_way().filter(visibility=Visibility.NORMAL)
    return open_ones.filter(declared_at__lte=now - timedelta(hours=12)).order_by("-declared_at").first()
