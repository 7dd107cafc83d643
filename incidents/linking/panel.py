"""What the incident page shows of links: a card, and on a duplicate the way to where work goes on."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.web.folds import Fold
from incidents.linking.linking import LINK
from incidents.linking.queries import drawn, links_of, merge_of
from incidents.response.models import Incident
from incidents.response.presence import OF_THE_ROW, may_have
from incidents.response.states import MOVES, State, Verb

# For the page of an incident: incidents/response/presence.py
HAS_LINKS = (
    "EXISTS (SELECT 1 FROM incidents_link AS its WHERE its.ended_at IS NULL"  # noqa: S608 - ours
    f" AND {OF_THE_ROW} IN (its.source_id, its.target_id))"
)


def links_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """The open links of the incident that this person may know of. One query, none where it has no links."""
    user = request.user
    if not isinstance(user, User):
        return None
    found = links_of(incident, user).filter(ended_at__isnull=True) if may_have(incident, "links") else ()
    rows = drawn(found, incident)
    if not rows and not user.can(LINK):
        return None
    context = {
        "rows": rows,
        "links_url": reverse("incidents:links", args=[incident.reference]),
        "may_link": user.can(LINK),
        "merge_url": reverse("incidents:merge", args=[incident.reference]) if may_merge(user, incident) else "",
    }
    fold = Fold(name="links", title=_("Links"), count=len(rows) or None)
    return {"template": "incidents/links.html#panel", "context": context, "fold": fold}


def merged_banner(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """On a duplicate: where work goes on, and how to take the merge back. One query there, none elsewhere."""
    user = request.user
    if incident.merged_into_id is None or not isinstance(user, User):
        return None
    found = merge_of(incident, user)
    if found is None:
        return None
    survivor = found.survivor if getattr(found, "is_seen", False) else None
    may_part = survivor is not None and user.can(MOVES[Verb.UNMERGE].capability)
    context = {
        "merge": found,
        "survivor": survivor,
        "unmerge_url": reverse("incidents:unmerge", args=[incident.reference]) if may_part else "",
    }
    return {"template": "incidents/links.html#banner", "context": context}


def may_merge(user: User, incident: Incident) -> bool:
    move = MOVES[Verb.MERGE]
    return user.can(move.capability) and State(incident.state) in move.sources
