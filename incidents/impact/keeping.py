"""Keeping a harm sample, and reading its original: for a reason, recorded, limited. The words enter no record."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.chain import commit_to, new_salt
from airp.audit.models import record
from incidents.impact.recording import lock
from incidents.impact.samples import Found, HarmSample, SampleOriginal, SampleReveal
from incidents.response.acting import check_possible
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.redacting import redact
from incidents.response.refusals import AlreadyDone, ReasonMissing, Refusal
from incidents.response.revealing import check_limit
from incidents.response.timeline import append

KEEP, REVEAL = Capability.ANNOTATE, Capability.REVEAL_SAMPLES


class OriginalErased(Refusal):
    """The words as they came are no longer kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A sample as it came in, not yet redacted."""

    prompt: str = ""
    output: str = ""
    source: str = ""
    version: str = ""
    language: str = ""
    happened_at: datetime | None = None
    found: Found = Found.OTHER
    taken_from: str = ""

    @property
    def words(self) -> str:
        """Both texts as one, for the commitment."""
        return f"{self.prompt}\x1e{self.output}"


@transaction.atomic
def keep_sample(incident: Incident, *, draft: Draft, by: User, now: datetime) -> HarmSample:
    """Add it to the vault: redacted to read, as it came only encrypted. Raises Refusal."""
    locked = lock(incident, by=by, capability=KEEP)
    if not draft.prompt.strip() and not draft.output.strip():
        raise ReasonMissing(_("what was asked or what came out"))
    check_possible(draft.happened_at, now=now)
    if draft.taken_from and locked.samples.filter(taken_from=draft.taken_from).exists():
        raise AlreadyDone(_("It was taken over already."))
    newest = locked.samples.order_by("-number").values_list("number", flat=True).first() or 0
    sample = HarmSample.objects.create(
        incident=locked,
        number=newest + 1,
        prompt=redact(draft.prompt),
        output=redact(draft.output),
        source=redact(draft.source)[:200],
        version=draft.version,
        language=draft.language,
        happened_at=draft.happened_at,
        found=draft.found,
        taken_from=draft.taken_from,
        at=now,
        by=by,
    )
    salt = new_salt()
    SampleOriginal.objects.create(sample=sample, prompt=draft.prompt, output=draft.output, salt=salt)
    facts = {"sample": sample.number, "found": draft.found.value, "commitment": commit_to(draft.words, salt)}
    append(locked, kind=Kind.SAMPLE_KEPT, by=by, now=now, facts=facts)
    return sample


@transaction.atomic
def reveal(sample: HarmSample, *, by: User, now: datetime, reason: str) -> SampleOriginal:
    """The words as they came, for a reason that stands in the record. Raises TooManyReveals, OriginalErased, …"""
    locked = lock(sample.incident, by=by, capability=REVEAL)
    if not reason.strip():
        raise ReasonMissing(_("why you must read the original"))
    original = SampleOriginal.objects.filter(sample=sample).first()
    if original is None:
        raise OriginalErased(_("The original was erased at the end of its term. The redacted text is what is left."))
    check_limit(SampleReveal.objects.all(), by=by, now=now)
    said = redact(reason.strip())
    SampleReveal.objects.create(sample=sample, by=by, at=now, reason=said)
    facts = {"sample": sample.number}
    append(locked, kind=Kind.SAMPLE_REVEALED, by=by, now=now, facts=facts, text=said)
    record(act="sample.revealed", at=now, by=by, object_label=f"{locked.reference}/{sample.number}", facts=facts)
    return original
