"""Who met the harm of the incident that is still open: a first report, a count, and what the count changed."""

from datetime import datetime, timedelta
from typing import Any

from airp.local.seed.people import People
from incidents.classification.figures import Basis, Confidence, Figure, Figures
from incidents.impact.exposure import Concern
from incidents.impact.recording import Known, record_exposure
from incidents.response.models import Incident
from incidents.response.visibility import Visibility

HOUR = timedelta(hours=1)
COUNTED, SURE = Basis.COUNTED, Confidence.HIGH


def install(people: People, *, now: datetime) -> int:
    """Tell it once; returns how many revisions were recorded."""
    open_ones = Incident.objects.under_way().filter(visibility=Visibility.NORMAL)
    incident = open_ones.order_by("-declared_at").first()
    if incident is None or incident.exposures.exists():
        return 0
    began = incident.started_at or incident.declared_at
    reported = Figures(Figure(40, Basis.REPORTED, Confidence.LOW))
    estimated = Figures(Figure(400, Basis.ESTIMATED, Confidence.MEDIUM), outputs=Figure(18, COUNTED, SURE))
    counted = Figures(Figure(1_240, COUNTED, SURE), outputs=Figure(23, COUNTED, SURE))
    revisions: tuple[tuple[int, str, Figures, str, dict[str, Any]], ...] = (
        (1, "sara", reported, "What the first readers wrote.", {}),
        (4, "tomas", estimated, "Views of the pages in the last day, and the outputs that editors read.", {}),
        (9, "yara", counted, "Views and outputs from the log, each reader once.",
         {"jurisdictions": ["NO", "SE", "DE"], "minors": Concern.UNKNOWN, "group": "Readers of the texts concerned"}),
    )  # fmt: skip
    for hours, who, figures, grounds, more in revisions:
        known = Known(figures=figures, grounds=grounds, since=began, **more)
        at = min(incident.declared_at + hours * HOUR, now)
        record_exposure(incident, known=known, by=people[who], now=at)
    return len(revisions)
