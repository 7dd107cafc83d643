"""Reads of harm and exposure."""

from typing import Any

from django.db.models import Count, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from incidents.impact.attachments import Attachment
from incidents.impact.exposure import FIGURES, Exposure
from incidents.impact.samples import HarmSample
from incidents.response.models import Incident

_COLUMNS = {
    "revision": "number",
    **{name + part: name + part for name in FIGURES for part in ("", "_basis", "_confidence")},
    **{name: name for name in ("since", "until", "jurisdictions", "minors", "characteristics")},
    "recorded_at": "at",
    "recorded_by": "by__name",
    "group": "words__group",
    "grounds": "words__grounds",
}


def newest_of(incident: Incident) -> dict[str, Any]:
    """The newest exposure as columns, all None before the first, and the matrix of the assessment: one query."""
    columns: dict[str, Any] = {name: F(f"exposures__{column}") for name, column in _COLUMNS.items()}
    columns["sample_count"] = _count_of(HarmSample)
    columns["attachment_count"] = _count_of(Attachment)
    rows = Incident.objects.filter(pk=incident.pk).order_by(F("exposures__number").desc(nulls_last=True))
    return dict(rows.values(matrix=F("assessment__matrix__content"), **columns)[0])


def nothing() -> dict[str, Any]:
    """The same for an incident that is known to have none of it."""
    return {**dict.fromkeys(_COLUMNS), "matrix": None, "sample_count": 0, "attachment_count": 0}


def _count_of(model: type[Model]) -> Coalesce:
    """How many rows of a satellite the incident has."""
    found = model._default_manager.filter(incident=OuterRef("pk")).order_by().values("incident")
    return Coalesce(Subquery(found.annotate(n=Count("pk")).values("n")), 0)


def revisions_of(incident: Incident, *, before: int | None = None) -> QuerySet[Exposure]:
    """The history, newest first; `before` pages it by revision."""
    found = Exposure.objects.filter(incident=incident).select_related("by", "words").order_by("-number")
    return found if before is None else found.filter(number__lt=before)
