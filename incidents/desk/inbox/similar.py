"""Incidents that an item may belong to: of its system, of its harm kind, in its words. Open ones first."""

from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, F, IntegerField, Value, When

from airp.accounts.models import User
from incidents.response.models import Incident
from incidents.response.states import OPEN, State
from incidents.triage.queue import Draft

NEWEST = 200
SHOWN = 6
LONGEST_WORDS = 200


def similar(draft: Draft, user: User, *, only_open: bool = False) -> list[dict[str, Any]]:
    """At most six, the likeliest first, out of the newest of the system. One query."""
    of_system = Incident.objects.visible_to(user).filter(system=draft.system)
    of_system = of_system.filter(state__in=OPEN) if only_open else of_system
    newest = of_system.order_by("-declared_at").values("pk")[:NEWEST]
    same_kind = When(harm_kind=draft.harm_kind, then=Value(1)) if draft.harm_kind else When(pk__in=[], then=Value(1))
    ranked = Incident.objects.filter(pk__in=newest).annotate(
        openness=Case(When(state__in=OPEN, then=Value(1)), default=Value(0), output_field=IntegerField()),
        same_kind=Case(same_kind, default=Value(0), output_field=IntegerField()),
        words=TrigramSimilarity("title", draft.title[:LONGEST_WORDS]),
    )
    found = ranked.order_by("-openness", F("same_kind").desc(), "-words", "-declared_at")[:SHOWN]
    columns = ("reference", "title", "state", "declared_at", "severity__slug", "severity__tone", "same_kind", "words")
    return [row | {"state_label": State(row["state"]).label} for row in found.values(*columns)]
