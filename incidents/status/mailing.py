"""A mail to each subscriber for each change, planned with the change and checked again when it leaves."""

from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.outbound.enclosures import ENCLOSED
from airp.outbound.models import Delivery
from airp.outbound.planning import plan_mail
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction, TimelineEntry, stream_of
from incidents.status.plain import last_update_words, state_words
from incidents.status.subscriptions import Subscription

STEP = "status_mail"
USELESS_AFTER = timedelta(hours=24)
PRIORITY = 5


def mail_subscribers(pending: PendingReaction, *, now: datetime) -> None:
    """One mail per change and person; whoever made the change knows it."""
    entry = pending.entry
    if entry is None:
        raise ValueError(f"{pending.kind} has no timeline entry")
    incident = Incident.objects.select_related("system", "harm_kind").get(pk=entry.incident_id)
    # What happened before somebody asked is no change to them, even if its consequences are drawn later.
    standing = Subscription.objects.standing().filter(incident=incident, since__lte=entry.happened_at)
    standing = standing.exclude(person=entry.actor_id)
    for subscription in standing.select_related("person"):
        if may_read(subscription.person, incident.pk):
            _plan(subscription, incident, entry, now=now)


def may_read(person: User, incident_id: int) -> bool:
    return Incident.objects.told_to(person).filter(pk=incident_id).exists()


def why_not(delivery: Delivery) -> str:
    """Asked when the mail leaves: whoever may no longer read it, or wants no more, gets none."""
    incident_id = int(delivery.subject_key.partition("/")[2])
    person = delivery.recipient
    if person is None or not may_read(person, incident_id):
        return "The person may no longer read this."
    if not Subscription.objects.standing().filter(incident=incident_id, person=person).exists():
        return "The subscription has ended."
    return ""


def _plan(subscription: Subscription, incident: Incident, entry: TimelineEntry, *, now: datetime) -> None:
    person = subscription.person
    with timezone.override(person.zone):
        context = {
            "reference": incident.reference,
            "what": _what(entry),
            "state": state_words(incident),
            "update": last_update_words(entry) if entry.kind == Kind.UPDATE_POSTED else "",
            "is_restricted": incident.is_restricted,
            "url": settings.BASE_URL + reverse("incidents:status", args=[incident.reference]),
            "end": ENCLOSED,
            "organisation": settings.ORGANISATION,
        }
        text = render_to_string("email/status.txt", context)
    plan_mail(
        cause=f"{stream_of(incident.pk)}#{entry.seq}",
        step=STEP,
        recipient=person,
        subject=f"{incident.reference}: {_what(entry)}",
        text=text,
        enclosures=[subscription.end_url],
        due_at=now,
        expires_at=now + USELESS_AFTER,
        priority=PRIORITY,
        ordering_key=f"status/{incident.pk}",
        subject_key=stream_of(incident.pk),
        entry_seq=entry.seq,
        visibility=incident.visibility,
        now=now,
    )


def _what(entry: TimelineEntry) -> str:
    if entry.kind == Kind.SEVERITY_RAISED:
        return _("it is worse than thought")
    if entry.kind == Kind.SEVERITY_LOWERED:
        return _("it is less bad than thought")
    return {
        Kind.UPDATE_POSTED: _("update"),
        Kind.TRIAGED: _("confirmed, being worked on"),
        Kind.CONTAINED: _("the harm has stopped"),
        Kind.RESOLVED: _("put right"),
        Kind.CLOSED: _("over"),
        Kind.DISMISSED: _("it was no incident"),
        Kind.REOPENED: _("it goes on"),
    }[Kind(entry.kind)]
