"""A checked complaint on its way in, however it came. Pure: no database, no clock."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from incidents.complaints.channels import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A checked complaint that is not stored yet. `complainant` is any reference to the person; empty: anonymous."""

    external_id: str
    system_id: int
    channel: str
    received_at: datetime
    category: str = ""
    harm_kind_id: int | None = None
    priority_contact: str = ""
    language: str = ""
    happened_at: datetime | None = None
    complainant: str = ""
    contact_allowed: str = "unknown"
    text: str = ""
    attachments: tuple[str, ...] = ()
    code: str = ""
    unknown_fields: int = 0

    @property
    def payload_hash(self) -> bytes:
        """What was said, whatever id it came under."""
        # A form that is sent twice by two presses is the same complaint, a second later.
        when = "" if self.channel == Channel.WEB_FORM else self.received_at.isoformat()
        said = [self.system_id, self.channel, when, self.category, self.priority_contact]
        said += [self.language, self.happened_at and self.happened_at.isoformat(), self.complainant, self.text]
        return hashlib.sha256(json.dumps([*said, *self.attachments]).encode()).digest()
