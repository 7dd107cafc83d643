"""Reading links and merges for a person: what tells of an incident that does not exist for them is not there."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from airp.accounts.models import User
from incidents.linking.link import Link
from incidents.linking.merge import Merge
from incidents.response.models import Incident
from incidents.response.relations import Relation, said
from incidents.response.states import State
from incidents.response.visibility import ExistsFor

ORDER = {relation: place for place, relation in enumerate(Relation.values)}


def links_of(incident: Incident, user: User) -> QuerySet[Link]:
    """With both incidents and their levels, and whether each stands for a merge. One query."""
    merged = Merge.objects.filter(link=OuterRef("pk"), ended_at__isnull=True)
    visible = Link.objects.visible_to(user).of(incident).annotate(is_merge=Exists(merged))
    return visible.select_related("source__severity", "target__severity").order_by("-at", "-pk")


def drawn(links: Iterable[Link], incident: Incident) -> list[dict[str, Any]]:
    """Links from this incident's side, alike ones together."""
    rows = [_row(link, incident) for link in links]
    return sorted(rows, key=lambda row: ORDER[row["link"].relation])


def _row(link: Link, incident: Incident) -> dict[str, Any]:
    other = link.other_than(incident)
    return {
        "link": link,
        "said": said(link.relation, link.side_of(incident)),
        "other": other,
        "state": State(other.state).label,
        "is_merge": getattr(link, "is_merge", False),
    }


def merge_of(incident: Incident, user: User) -> Merge | None:
    """The open merge of a duplicate; `is_seen` says whether its survivor exists for the person. One query."""
    found = Merge.objects.filter(duplicate=incident, ended_at__isnull=True).select_related(
        "survivor", "by", "duplicate"
    )
    return found.annotate(is_seen=ExistsFor(user, path="survivor__")).first()
