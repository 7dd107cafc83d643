"""What my work shows of this package: where somebody named me and I have not looked yet."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.attention.mentions import Mention
from incidents.response.work import WorkItem, WorkKind


def my_mentions(person: User, *, now: datetime, most: int) -> list[WorkItem]:
    """The newest first. One query."""
    waiting = Mention.objects.visible_to(person).waiting().select_related("incident", "entry__actor")
    return [_item(mention) for mention in waiting.order_by("-id")[:most]]


def _item(mention: Mention) -> WorkItem:
    incident, entry = mention.incident, mention.entry
    by = entry.actor.name if entry.actor else _("somebody")
    return WorkItem(
        kind=WorkKind.MENTION,
        pk=mention.pk,
        title=_("%(name)s mentioned you") % {"name": by},
        url=f"{reverse('incidents:incident', args=[incident.reference])}?entry={entry.seq}#entry-{entry.seq}",
        about=f"{incident.reference} {incident.title}",
        state=_("Mentioned"),
        tone="low",
        dismiss_url=reverse("incidents:mention_dismissal", args=[mention.pk]),
    )
