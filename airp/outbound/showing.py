"""How deliveries are put into words and tones for the pages, each person seeing what is theirs to see."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.outbound.models import Delivery, DeliveryState
from airp.outbound.queries import Page, Show

TONES: dict[str, str] = {
    DeliveryState.PENDING: "info",
    DeliveryState.LEASED: "info",
    DeliveryState.SENT: "good",
    DeliveryState.UNKNOWN: "high",
    DeliveryState.DEAD: "critical",
    DeliveryState.SUPERSEDED: "low",
    DeliveryState.CANCELLED: "low",
}
TABS = (
    (Show.FAILED, gettext_lazy("Failed or in doubt")),
    (Show.WAITING, gettext_lazy("Waiting")),
    (Show.SENT, gettext_lazy("Sent")),
    (Show.ENDED, gettext_lazy("Given up")),
    (Show.ALL, gettext_lazy("All")),
)


def list_of(page: Page, show: Show, *, user: User) -> dict[str, Any]:
    """What the list page shows."""
    return {
        "rows": [row_of(row, user=user) for row in page.rows],
        "tabs": [
            {"label": label, "url": list_url(tab), "count": None, "is_current": tab == show} for tab, label in TABS
        ],
        "newer_url": list_url(show, after=page.newer_than) if page.newer_than else "",
        "older_url": list_url(show, before=page.older_than) if page.older_than else "",
        "is_failed_list": show == Show.FAILED,
    }


def row_of(row: Delivery, *, user: User) -> dict[str, Any]:
    """One line of the list: what, to whom, over what, how it stands."""
    return {
        "pk": row.pk,
        "what": what_of(row, user=user),
        "kind": row.kind,
        "to": _receiver(row),
        "channel": row.get_channel_display(),
        "state": row.get_state_display(),
        "tone": TONES[row.state],
        "attempt_count": row.attempt_count,
        "error_text": row.error_text,
        "due_at": row.due_at,
        "planned_at": row.planned_at,
    }


def what_of(row: Delivery, *, user: User) -> str:
    """The subject if the person may see it, else what kind of text it is."""
    if not row.shows_subject_to(user):
        return _("Restricted")
    return row.subject or row.kind


def detail_of(row: Delivery, *, user: User) -> dict[str, Any]:
    """What the page of one delivery shows."""
    is_shown = row.shows_body_to(user)
    return {
        "delivery": row,
        "row": row_of(row, user=user),
        "body": row.body if is_shown else "",
        "body_is_hidden": not is_shown,
        "attempts": list(row.attempts.all()),
        "handlings": list(row.handlings.select_related("by")),
        "about": row.subject_key if row.shows_subject_to(user) else "",
        "may_be_retried": row.is_failed,
        "may_be_discarded": row.is_failed or row.state == DeliveryState.PENDING,
        "list_url": list_url(Show.FAILED),
    }


def list_url(show: Show, **keys: int | None) -> str:
    query = {"show": show.value, **{name: key for name, key in keys.items() if key is not None}}
    return f"{reverse('outbound:deliveries')}?{urlencode(query)}"


def _receiver(row: Delivery) -> str:
    if row.endpoint is not None:
        return row.endpoint.name
    return row.recipient.name if row.recipient is not None else row.address
