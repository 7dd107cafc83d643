"""What the release pipeline told about the support assistant: marks on the charts of its thresholds."""

from datetime import datetime, timedelta

from incidents.detection.ingestion import Outcome, note_outcome
from incidents.detection.marking import take_changes
from incidents.detection.parsers.changes import Change, read_change
from incidents.detection.sources import USUAL_RHYTHM, SignalSource, SourceKind
from incidents.systems.models import AISystem

NAME = "Release pipeline"
TOLD = (
    (50, "Refund policy rewritten in the prompt: claims go to a colleague"),
    (26, "Retrieval index rebuilt with the winter timetable"),
    (2, "Price list of the autumn offers loaded into the index"),
)


def install(system: AISystem, *, now: datetime) -> None:
    """Create the source and what it told, unless it is there."""
    note = "Posts a change event after each release. It has no heartbeat."
    fields = {"system": system, "kind": SourceKind.PAGERDUTY, "note": note}
    fields["rhythm"] = USUAL_RHYTHM[SourceKind.PAGERDUTY]
    source, is_new = SignalSource.objects.get_or_create(name=NAME, defaults=fields)
    if not is_new:
        return
    for hours, summary in TOLD:
        at, outcome = now - timedelta(hours=hours), Outcome()
        take_changes(source, [(0, _change(summary, at))], outcome, now=at)
        note_outcome(source, outcome, now=at)


def _change(summary: str, at: datetime) -> Change:
    return read_change({"summary": summary, "at": at.isoformat(), "metadata": {"environment": "production"}})
