"""Complaints under fire: items of programs, CSV files, and what is hidden from their texts."""

import json
from datetime import UTC, datetime, timedelta

from incidents.complaints.csv_reading import NotCsv, read_csv
from incidents.complaints.reading import Frame, read_complaint
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import NotJson, read_array
from incidents.response.redacting import redact
from tests.fuzz.target import Target

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FRAME = Frame(
    now=NOON,
    systems={"support-assistant": 1},
    harm_kinds={"data_exposure": 1},
    max_future=timedelta(seconds=60),
    max_age=timedelta(days=366),
)
ITEM = {
    **{"id": "c1", "received_at": "2026-03-02T11:59:00Z", "system": "support-assistant", "channel": "chat"},
    **{"category": "refund", "text": "Call +47 912 34 567 or pay DE89 3704 0044 0532 0130 00", "language": "de-AT"},
    **{"complainant": "eva@example.com", "contact_allowed": True, "attachments_urls": ["https://example.com/a"]},
    **{"harm_kind": "data_exposure", "priority_contact": "press", "happened_at": "2026-03-01T12:00:00+01:00"},
}
SHEET = (
    "received_at;system;channel;text;contact_allowed\n"
    '2026-03-02T11:00:00Z;support-assistant;phone;"two\nlines";yes\n'
    "2026-03-02T11:00:00Z;support-assistant;E-Mail;=1+1;no\n"
)


def _taken(items: list) -> tuple[int, int]:
    taken = 0
    for item in items:
        try:
            redact(read_complaint(item, FRAME).text)
            taken += 1
        except Unacceptable as error:
            assert error.code
            assert str(error)
    return taken, len(items) - taken


def _items(raw: bytes) -> tuple[int, int]:
    return _taken(read_array(raw))


def _sheet(raw: bytes) -> tuple[int, int]:
    return _taken([row.item for row in read_csv(raw).rows])


COMPLAINT_TARGETS = {
    "complaints": Target([json.dumps([ITEM, ITEM | {"id": "c2"}]).encode()], _items, (NotJson,)),
    "complaints_csv": Target([SHEET.encode(), SHEET.replace(";", ",").encode()], _sheet, (NotCsv,)),
}
