"""A change that another system tells about: a deployment, a new model, a flag; and the two formats of telling it.

PagerDuty's change events, and the data of CloudEvents of type `airp.change.v1`. Pure: no Django, no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incidents.detection.parsers.pagerduty import InvalidEvent
from incidents.detection.parsers.reports import (
    MAX_FACT,
    MAX_TITLE,
    facts_of,
    moment_of,
    one_line,
    payload_hash,
    text_of,
    texts_of,
    web_address,
)
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import flaw_in

MAX_LINKS = 8
PLACES = ("source", "component", "group", "class")
KNOWN = frozenset(("routing_key", "payload", "links", "images"))
PAYLOAD_KNOWN = frozenset(("summary", "timestamp", "source", "custom_details"))
OWN_KNOWN = frozenset(("id", "summary", "system", "at", "links", "metadata"))


@dataclass(frozen=True, slots=True)
class Change:
    """One change as told. `at` is empty where the sender names no time that we understand; `names` are as in Report."""

    summary: str
    digest: bytes
    at: datetime | None = None
    system: str = ""
    names: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    unknown_fields: int = 0


def read_change_event(event: Mapping[str, Any]) -> Change:
    """PagerDuty's form. Raises InvalidEvent with all that is wrong."""
    payload, links = event.get("payload"), event.get("links")
    errors = [*_flaws_of_payload(payload), *_flaws_of_links(links)]
    if errors or not isinstance(payload, dict):
        raise InvalidEvent(*errors)
    details = payload.get("custom_details")
    named = details if isinstance(details, dict) else {"custom_details": details}
    places = texts_of(payload, PLACES)
    return Change(
        summary=one_line(payload["summary"]),
        digest=payload_hash([payload, links]),
        at=moment_of(payload.get("timestamp")),
        names=(*texts_of(named, named), *places),
        links=_links(links),
        facts=facts_of(named | dict(places)),
        unknown_fields=len(event.keys() - KNOWN) + len(payload.keys() - PAYLOAD_KNOWN),
    )


def read_change(item: Any) -> Change:
    """Our own form. Raises Unacceptable with the first thing that is wrong."""
    if (flaw := flaw_in(item)) is not None:
        raise Unacceptable(flaw.code, flaw.detail)
    if not isinstance(item, dict):
        raise Unacceptable("not_an_object", "a change must be a JSON object")
    if not isinstance(item.get("summary"), str) or not item["summary"].strip():
        raise Unacceptable("missing_field", "summary is required: a text that says what was changed")
    metadata = item.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise Unacceptable("bad_text", "metadata must be an object")
    if wrong := _flaws_of_links(item.get("links")):
        raise Unacceptable("bad_text", wrong[0])
    return Change(
        summary=one_line(text_of(item, "summary", MAX_TITLE)),
        digest=payload_hash(item),
        at=moment_of(item.get("at")),
        system=text_of(item, "system", MAX_FACT),
        names=texts_of(metadata, metadata),
        links=_links(item.get("links")),
        facts=facts_of(metadata),
        unknown_fields=len(item.keys() - OWN_KNOWN),
    )


def _flaws_of_payload(payload: Any) -> list[str]:
    if not isinstance(payload, dict) or not payload:
        return ["'payload' is missing or blank"]
    summary = payload.get("summary")
    if not isinstance(summary, str) or not summary.strip():
        return ["'payload.summary' is missing or blank"]
    if len(summary) > MAX_TITLE:
        return [f"Length of 'payload.summary' is incorrect (at most {MAX_TITLE} characters)"]
    return []


def _flaws_of_links(links: Any) -> list[str]:
    is_list = isinstance(links, list) and all(isinstance(link, dict) for link in links)
    return [] if links is None or is_list else ["'links' must be a list of objects"]


def _links(links: Any) -> tuple[tuple[str, str], ...]:
    """Address and text of those that may become a link on a page."""
    found = []
    for link in (links or [])[:MAX_LINKS]:
        if href := web_address(link.get("href")):
            text = link.get("text")
            found.append((href, one_line(text)[:MAX_FACT] if isinstance(text, str) else ""))
    return tuple(found)
