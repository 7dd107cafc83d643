"""From what a colleague typed to a stored report: redacted at once, the original encrypted, the name only if wanted."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from airp.accounts.models import User
from airp.audit.models import record
from incidents.classification.models import HarmKind
from incidents.reports.report import Report, ReportEntry, ReportOriginal
from incidents.reports.states import Discretion, State, Urgency
from incidents.response.redacting import redact
from incidents.systems.models import AISystem
from incidents.triage.terms import respond_by

TAKEN = "take"
CODE_BYTES = 15
_CODE = re.compile(r"[a-z2-7]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the form holds. `ticket` is one filling-in of it: sent twice it is one report."""

    ticket: str
    system: AISystem
    text: str
    discretion: Discretion
    urgency: Urgency = Urgency.USUAL
    sample: str = ""
    happened_at: datetime | None = None
    harm_kind: HarmKind | None = None


@transaction.atomic
def take_report(said: Said, *, by: User, now: datetime) -> Report:
    """Store it. Of an anonymous one neither the report nor the audit log knows who it was."""
    reporter = None if said.discretion == Discretion.ANONYMOUS else by
    report, is_new = Report.objects.get_or_create(
        ticket_digest=hashlib.sha256(said.ticket.encode()).digest(),
        defaults={
            "system": said.system,
            "harm_kind": said.harm_kind,
            "text": redact(said.text),
            "sample": redact(said.sample),
            "happened_at": said.happened_at,
            "urgency": said.urgency,
            "discretion": said.discretion,
            "reporter": reporter,
            "code_digest": None if reporter else digest_of_code(code_of(said.ticket)),
            "received_at": now,
            "respond_by": respond_by(now, is_urgent=said.urgency == Urgency.URGENT),
            "changed_at": now,
        },
    )
    if is_new:
        ReportOriginal.objects.create(report=report, text=said.text, sample=said.sample)
        # Whoever reported in confidence stands in the report alone, which only triage reads.
        known = reporter if said.discretion == Discretion.NAMED else None
        ReportEntry.objects.create(report=report, at=now, by=known, verb=TAKEN, state_after=State.NEW)
        record(act="report.taken", at=now, by=known, object_label=report.reference, facts={})
    return report


def code_of(ticket: str) -> str:
    """The code by which an anonymous reporter follows it: only whoever filled in the form can know it."""
    keyed = hmac.digest(settings.PERSON_KEY.encode(), f"report/{ticket}".encode(), "sha256")
    return base64.b32encode(keyed[:CODE_BYTES]).decode().lower()


def digest_of_code(code: str) -> bytes | None:
    """What is stored of a code; None for what can be none. 120 random bits need no slow hash."""
    typed = re.sub(r"[\s-]", "", code).lower()
    return hashlib.sha256(typed.encode()).digest() if _CODE.fullmatch(typed) else None
