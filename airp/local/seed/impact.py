"""Who met the harm of the incident that is still open: from the first report to the count, with samples of it."""

from datetime import datetime, timedelta
from typing import Any

from airp.local.seed.people import People
from incidents.classification.figures import Basis, Confidence, Figure, Figures
from incidents.impact.attaching import attach
from incidents.impact.exposure import Concern
from incidents.impact.keeping import Draft, keep_sample, reveal
from incidents.impact.recording import Known, record_exposure
from incidents.impact.samples import Found
from incidents.response.models import Incident
from incidents.response.visibility import Visibility

HOUR = timedelta(hours=1)
SAMPLES = (
    (20, "Summarise the programme of the Lofoten jazz days.",
     "Four stages, free entry and a night boat back to Bodø. Bring warm clothes.", Found.LOGS),
    (45, "Summarise the press release on the reopening of the Raftsund ferry.",
     "The ferry sails again, four times a day, with room for forty cars.", Found.COLLEAGUE),
    (90, "Summarise: the harbour festival begins on 12 June; questions to anna.vik@festival.example, +47 912 34 567.",
     "The harbour festival has boats, fish soup and music. Questions to anna.vik@festival.example.", Found.COMPLAINT),
)  # fmt: skip
SHEET = """article,published,names the date
lofoten-jazz,yes,no
raftsund-ferry,yes,no
harbour-festival,yes,no
"""
COUNTED, SURE = Basis.COUNTED, Confidence.HIGH


def install(people: People, *, now: datetime) -> int:
    """Tell it once; returns how many revisions were recorded."""
    old_enough = now - 12 * HOUR
    open_ones = Incident.objects.under_way().filter(visibility=Visibility.NORMAL, declared_at__lte=old_enough)
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
    _samples(incident, people, began=began, now=now)
    at = min(incident.declared_at + 6 * HOUR, now)
    attach(incident, name="summaries without a date.csv", raw=SHEET.encode(), by=people["marta"], now=at)
    return len(revisions)


def _samples(incident: Incident, people: People, *, began: datetime, now: datetime) -> None:
    """Three that editors pasted, with what redaction is for; one of them was read as it came."""
    for minutes, prompt, output, found in SAMPLES:
        draft = Draft(
            prompt=prompt,
            output=output,
            source="Log of travel-brief",
            version="v9",
            language="en",
            happened_at=began + timedelta(minutes=minutes),
            found=found,
        )
        kept = keep_sample(incident, draft=draft, by=people["marta"], now=min(incident.declared_at + 2 * HOUR, now))
    reason = "To see whether the address in the source text reached readers."
    reveal(kept, by=people["yara"], now=min(incident.declared_at + 5 * HOUR, now), reason=reason)
