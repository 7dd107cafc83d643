"""Checking the record: is every link of a timeline where and what it was when it was written?"""

from dataclasses import dataclass

from airp.audit.chain import GENESIS, commit_to, link_hash
from airp.audit.models import ChainHead
from incidents.response.models import Incident
from incidents.response.timeline import TimelineEntry, stream_of


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place where the record does not hold."""

    reference: str
    seq: int
    problem: str


def verify_timeline(incident: Incident) -> list[Flaw]:
    """Recompute the chain of one incident; an empty list means that it holds."""
    flaws: list[Flaw] = []
    expected_prev, expected_seq = GENESIS, 0
    entries = TimelineEntry.objects.filter(incident=incident).select_related("text").order_by("seq")
    for entry in entries.iterator(chunk_size=500):
        expected_seq += 1
        flaws += [
            Flaw(incident.reference, entry.seq, problem) for problem in _problems(entry, expected_seq, expected_prev)
        ]
        expected_prev, expected_seq = bytes(entry.hash), entry.seq
    head = ChainHead.objects.filter(stream=stream_of(incident.pk)).first()
    if head is None or head.seq != expected_seq or bytes(head.hash) != expected_prev:
        flaws.append(Flaw(incident.reference, expected_seq, "the chain does not end at its recorded head"))
    return flaws


def _problems(entry: TimelineEntry, expected_seq: int, expected_prev: bytes) -> list[str]:
    problems = []
    if entry.seq != expected_seq:
        problems.append(f"entry {expected_seq} is missing")
    if bytes(entry.prev_hash) != expected_prev:
        problems.append("does not follow from the entry before it")
    if link_hash(bytes(entry.prev_hash), {**entry.body, "seq": entry.seq}) != bytes(entry.hash):
        problems.append("its content was changed")
    text = getattr(entry, "text", None)
    if text is not None and commit_to(text.value, bytes(text.salt)) != entry.text_commitment:
        problems.append("its text was changed")
    return problems
