"""A CSV file on its way: checked line by line before anything is stored, then taken in as one batch."""

import base64
import zlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.secrets import SecretUnreadable, seal, unseal
from airp.audit.models import record
from incidents.complaints.complaint import Complaint
from incidents.complaints.csv_reading import MAX_BYTES, Row, Sheet, read_csv
from incidents.complaints.drafts import Draft
from incidents.complaints.own_source import own_source
from incidents.complaints.reading import Frame, read_complaint
from incidents.complaints.receiving import frame_of
from incidents.complaints.taking import facts_of, take_in
from incidents.detection.ingestion import Outcome
from incidents.detection.parsers.signals import Unacceptable
from incidents.response.redacting import redact


@dataclass(frozen=True, slots=True)
class Line:
    """What would become of one row: `draft` is taken, `error` refuses it, `is_known` is stored already."""

    number: int
    draft: Draft | None = None
    error: str = ""
    is_known: bool = False

    @property
    def text(self) -> str:
        """The words as readers will see them."""
        return redact(self.draft.text) if self.draft else ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A checked file. Nothing of it is stored."""

    sheet: Sheet
    lines: list[Line]

    @property
    def fresh(self) -> list[Line]:
        return [line for line in self.lines if line.draft is not None and not line.is_known]

    @property
    def known(self) -> list[Line]:
        return [line for line in self.lines if line.is_known]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.error]


def preview(raw: bytes, *, zone: ZoneInfo, now: datetime) -> Preview:
    """Check every row. Times without a zone are meant in `zone`. Raises NotCsv."""
    sheet = read_csv(raw)
    frame = frame_of(own_source(), now=now)
    checked = [_line(row, frame, zone) for row in sheet.rows]
    drafts = [line.draft for line in checked if line.draft is not None]
    known = _known(drafts)
    lines = [_marked(line) if line.draft is not None and _mark(line.draft) in known else line for line in checked]
    return Preview(sheet, lines)


@transaction.atomic
def store(checked: Preview, *, by: User, now: datetime) -> Outcome:
    """Take in what the preview found good. What is stored already, by another upload meanwhile too, stays one."""
    outcome = Outcome(duplicates=len(checked.known))
    drafts = [(line.number, line.draft) for line in checked.fresh if line.draft is not None]
    take_in(own_source(), drafts, outcome, by=by, now=now)
    facts = facts_of(outcome) | {"file": checked.sheet.digest, "unreadable_rows": len(checked.refused)}
    record(act="complaints.imported", at=now, by=by, object_label=checked.sheet.digest[:12], facts=facts)
    return outcome


def packed(raw: bytes) -> str:
    """The file for the way through the browser and back: encrypted, and proof against changes."""
    return seal(base64.b64encode(zlib.compress(raw)).decode())


def unpacked(text: str) -> bytes | None:
    """The file that `packed` wrapped; None for anything else."""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(unseal(text)), MAX_BYTES + 1)
    except (SecretUnreadable, ValueError, zlib.error):
        return None


def _line(row: Row, frame: Frame, zone: ZoneInfo) -> Line:
    item = dict(row.item)
    if "text" not in item:
        return Line(row.line, error=_("text is empty: write down what they say"))
    try:
        for name in ("received_at", "happened_at"):
            if isinstance(given := item.get(name), str):
                item[name] = _with_zone(name, given, zone)
        return Line(row.line, read_complaint(item, frame))
    except Unacceptable as error:
        return Line(row.line, error=str(error))


def _with_zone(name: str, given: str, zone: ZoneInfo) -> str:
    """A time as people write it, such as 2026-03-01 12:00, with the uploader's zone. Raises Unacceptable."""
    try:
        parsed = parse_datetime(given)
    except ValueError:
        parsed = None
    if parsed is None:
        raise Unacceptable("bad_time", f"{name} must be a time such as 2026-03-01 12:00")
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).isoformat()


def _mark(draft: Draft) -> tuple[bytes, datetime]:
    return draft.payload_hash, draft.received_at


def _known(drafts: list[Draft]) -> set[tuple[bytes, datetime]]:
    """What is stored already, under whatever id: a corrected file brings its good rows a second time."""
    hashes = [draft.payload_hash for draft in drafts]
    found = Complaint.objects.filter(source=own_source(), payload_hash__in=hashes)
    return {(bytes(mark), at) for mark, at in found.values_list("payload_hash", "received_at")}


def _marked(line: Line) -> Line:
    return Line(line.number, line.draft, is_known=True)


def summary(outcome: Outcome) -> str:
    """One sentence for the person who uploaded."""
    return _("%(accepted)d stored, %(duplicates)d were stored already, %(refused)d refused.") % facts_of(outcome)
