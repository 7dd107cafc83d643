"""The complaint format of programs: from one parsed item to a draft, or to the reason why not. Pure: no clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.complaints.channels import Channel, PriorityContact
from incidents.complaints.drafts import Draft
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import flaw_in

MAX_ID, MAX_CATEGORY, MAX_LANGUAGE, MAX_CONTACT, MAX_TEXT = 255, 80, 12, 254, 10_000
MAX_ATTACHMENTS, MAX_URL = 10, 1_000
REQUIRED = ("id", "received_at", "system", "channel")
KNOWN = frozenset(
    (*REQUIRED, "category", "harm_kind", "text", "language", "complainant", "contact_allowed")
    + ("attachments_urls", "priority_contact", "happened_at", "test")
)
CATEGORY = re.compile(r"[\w][\w .:-]*")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a source may send now: its systems, the harm kinds in use, and how old or early a complaint may be."""

    now: datetime
    systems: Mapping[str, int]
    harm_kinds: Mapping[str, int]
    max_future: timedelta
    max_age: timedelta


def read_complaint(item: Any, frame: Frame) -> Draft:
    """Check one item. Raises Unacceptable with the first thing that is wrong."""
    if (flaw := flaw_in(item)) is not None:
        raise Unacceptable(flaw.code, flaw.detail)
    if not isinstance(item, dict):
        raise Unacceptable("not_an_object", "each item must be a JSON object")
    for name in REQUIRED:
        if item.get(name) in (None, ""):
            raise Unacceptable("missing_field", f"{name} is required")
    return Draft(
        external_id=_text(item, "id", MAX_ID),
        system_id=_known(item, "system", frame.systems, "unknown_system"),
        channel=_one_of(item, "channel", Channel.values),
        received_at=moment(item["received_at"], "received_at", frame),
        category=_shaped(item, "category", MAX_CATEGORY, CATEGORY),
        harm_kind_id=_harm_kind(item, frame),
        priority_contact=_one_of(item, "priority_contact", PriorityContact.values),
        language=_shaped(item, "language", MAX_LANGUAGE, LANGUAGE),
        happened_at=_happened(item, frame),
        complainant=_text(item, "complainant", MAX_CONTACT),
        contact_allowed=_allowed(item),
        text=_text(item, "text", MAX_TEXT),
        attachments=_attachments(item),
        unknown_fields=len(item.keys() - KNOWN),
    )


def moment(given: Any, name: str, frame: Frame) -> datetime:
    """A time with a zone that can be meant."""
    if not isinstance(given, str) or not _RFC_3339.fullmatch(given):
        raise Unacceptable("bad_time", f"{name} must be an RFC 3339 time with a zone, such as 2026-03-01T12:00:00Z")
    try:
        at = datetime.fromisoformat(given.upper().replace(" ", "T")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unacceptable("bad_time", f"{name} names a moment that does not exist") from None
    if at > frame.now + frame.max_future:
        raise Unacceptable("clock_skew", f"{name} lies in the future; check the sender's clock")
    if at < frame.now - frame.max_age:
        raise Unacceptable("too_old", f"{name} is older than {frame.max_age.days} days")
    return at


def _harm_kind(item: Mapping[str, Any], frame: Frame) -> int | None:
    return _known(item, "harm_kind", frame.harm_kinds, "unknown_harm_kind") if item.get("harm_kind") else None


def _happened(item: Mapping[str, Any], frame: Frame) -> datetime | None:
    return moment(item["happened_at"], "happened_at", frame) if item.get("happened_at") is not None else None


def _text(item: Mapping[str, Any], name: str, longest: int) -> str:
    given = item.get(name)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Unacceptable("bad_text", f"{name} must be text")
    if len(given) > longest:
        raise Unacceptable("too_long", f"{name} is longer than {longest} characters")
    return given


def _shaped(item: Mapping[str, Any], name: str, longest: int, shape: re.Pattern[str]) -> str:
    given = _text(item, name, longest)
    if given and not shape.fullmatch(given):
        raise Unacceptable("bad_text", f"{name} holds characters that do not belong there")
    return given


def _one_of(item: Mapping[str, Any], name: str, choices: list[str]) -> str:
    given = _text(item, name, MAX_ID)
    if given and given not in choices:
        raise Unacceptable(f"unknown_{name}", f"{name} must be one of {', '.join(choices)}")
    return given


def _known(item: Mapping[str, Any], name: str, known: Mapping[str, int], code: str) -> int:
    slug = _text(item, name, MAX_ID)
    if slug not in known:
        raise Unacceptable(code, f"no {name.replace('_', ' ')} of that name is known here")
    return known[slug]


def _allowed(item: Mapping[str, Any]) -> str:
    given = item.get("contact_allowed")
    if given is None:
        return "unknown"
    if not isinstance(given, bool):
        raise Unacceptable("bad_text", "contact_allowed must be true or false")
    return "yes" if given else "no"


def _attachments(item: Mapping[str, Any]) -> tuple[str, ...]:
    given = item.get("attachments_urls")
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MAX_ATTACHMENTS:
        raise Unacceptable("bad_text", f"attachments_urls must be a list of at most {MAX_ATTACHMENTS} addresses")
    for url in given:
        if not isinstance(url, str) or len(url) > MAX_URL or not url.startswith("https://") or not url.isprintable():
            raise Unacceptable("bad_text", f"each of attachments_urls must be an https address of {MAX_URL} characters")
    return tuple(given)
