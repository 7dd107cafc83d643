"""Which incidents are like something: of its harm kind, in its words. Open ones first."""

import re
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from incidents.classification.models import HarmKind
from incidents.response.models import Incident
from incidents.response.states import OPEN, State

NEWEST = 200
LONGEST_WORDS = 200
REFERENCE = re.compile(r"(?:AIR-)?(\d{4}-\d{1,8})", re.IGNORECASE)
COLUMNS = (
    "pk", "reference", "title", "state", "kind", "declared_at", "severity__slug", "severity__tone", "system__name",
    "same_kind", "words",
)  # fmt: skip


def likest(
    among: QuerySet[Incident], *, title: str, harm_kinds: Iterable[HarmKind | None], most: int
) -> list[dict[str, Any]]:
    """At most so many, the likeliest first, out of the newest of these. One query."""
    newest = among.order_by("-declared_at").values("pk")[:NEWEST]
    same = When(harm_kind__in=[kind for kind in harm_kinds if kind is not None], then=Value(1))
    ranked = Incident.objects.filter(pk__in=newest).annotate(
        openness=Case(When(state__in=OPEN, then=Value(1)), default=Value(0), output_field=IntegerField()),
        same_kind=Case(same, default=Value(0), output_field=IntegerField()),
        words=TrigramSimilarity("title", title[:LONGEST_WORDS]),
    )
    found = ranked.order_by("-openness", F("same_kind").desc(), "-words", "-declared_at")[:most]
    return [row | {"state_label": State(row["state"]).label} for row in found.values(*COLUMNS)]


def called(words: str) -> Q:
    """Incidents with this reference, or with these words in their title."""
    number = REFERENCE.fullmatch(words.strip())
    return Q(reference=f"AIR-{number[1]}") if number else Q(title__icontains=words.strip())
