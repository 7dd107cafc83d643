"""PagerDuty's Events API v2: one event becomes a report, or the list of what is wrong with it. Pure."""

from collections.abc import Mapping
from typing import Any

from incidents.detection.parsers.reports import (
    MAX_KEY,
    MAX_SEVERITY,
    MAX_TITLE,
    Act,
    Report,
    cut,
    facts_of,
    moment_of,
    one_line,
    payload_hash,
    texts_of,
    web_address,
)
from incidents.detection.parsers.strict_json import NotJson, flaw_in, read_single

LONGEST_TEXT = 512 * 1024
ROUTING_KEY_LENGTH = 32
ACTS = {"trigger": Act.FIRING, "acknowledge": Act.ACKNOWLEDGED, "resolve": Act.RESOLVED}
KNOWN = frozenset(("routing_key", "event_action", "dedup_key", "client", "client_url", "images", "links", "payload"))
PAYLOAD_KNOWN = frozenset(
    ("summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details")
)


class InvalidEvent(Exception):
    """An event that is refused, with every reason."""

    def __init__(self, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.errors = list(errors)


def read_body(raw: bytes) -> dict[str, Any]:
    """The event as an object in which nothing is flawed. Raises InvalidEvent."""
    try:
        event = read_single(raw)
    except NotJson as error:
        raise InvalidEvent(str(error)) from None
    if (flaw := flaw_in(event, longest=LONGEST_TEXT)) is not None:
        raise InvalidEvent(f"The event {flaw.detail}" if flaw.code == "bad_text" else f"In the event: {flaw.detail}")
    return event


def routing_key_of(event: Mapping[str, Any]) -> str:
    """Raises InvalidEvent for what cannot be one."""
    given = event.get("routing_key")
    if not isinstance(given, str) or not given:
        raise InvalidEvent("'routing_key' is missing or blank")
    if len(given) != ROUTING_KEY_LENGTH:
        raise InvalidEvent(f"Length of 'routing_key' is incorrect (should be {ROUTING_KEY_LENGTH} characters)")
    return given


def read_event(event: Mapping[str, Any], *, new_key: str) -> Report:
    """What an event says. `new_key` is for a trigger without one. Raises InvalidEvent with all that is wrong."""
    payload = event.get("payload")
    errors = [*_flaws_of_head(event), *_flaws_of_payload(event, payload)]
    if errors:
        raise InvalidEvent(*errors)
    said = payload if isinstance(payload, dict) else {}
    details = said.get("custom_details")
    named = details if isinstance(details, dict) else {"custom_details": details}
    return Report(
        act=ACTS[event["event_action"]],
        key=event.get("dedup_key") or new_key,
        payload_hash=payload_hash(event),
        title=one_line(said.get("summary") or ""),
        severity=cut(_text(said.get("severity")), MAX_SEVERITY),
        names=(*texts_of(named, named), *texts_of(said, ("component", "group", "class", "source"))),
        source_url=web_address(event.get("client_url")) or _first_link(event.get("links")),
        facts=facts_of(named | dict(texts_of(said, ("component", "group", "class", "source")))),
        started_at=moment_of(said.get("timestamp")),
        unknown_fields=len(event.keys() - KNOWN) + len(said.keys() - PAYLOAD_KNOWN),
    )


def _flaws_of_head(event: Mapping[str, Any]) -> list[str]:
    errors = []
    given, key = event.get("event_action"), event.get("dedup_key")
    action = given if isinstance(given, str) else ""
    if not action:
        errors.append("'event_action' is missing or blank")
    elif action not in ACTS:
        errors.append("'event_action' is invalid (must be one of trigger, acknowledge, resolve)")
    if key is not None and not isinstance(key, str):
        errors.append("'dedup_key' must be text")
    elif key and len(key) > MAX_KEY:
        errors.append(f"Length of 'dedup_key' is incorrect (at most {MAX_KEY} characters)")
    elif not key and action in {"acknowledge", "resolve"}:
        errors.append("'dedup_key' is missing or blank")
    return errors


def _flaws_of_payload(event: Mapping[str, Any], payload: Any) -> list[str]:
    if payload is not None and not isinstance(payload, dict):
        return ["'payload' must be an object"]
    if event.get("event_action") != "trigger":
        return []
    if not payload:
        return ["'payload' is missing or blank"]
    errors = [f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not _text(payload.get(name))]
    if len(_text(payload.get("summary"))) > MAX_TITLE:
        errors.append(f"Length of 'payload.summary' is incorrect (at most {MAX_TITLE} characters)")
    return errors


def _text(given: Any) -> str:
    return given.strip() if isinstance(given, str) else ""


def _first_link(links: Any) -> str:
    listed = links if isinstance(links, list) else []
    return next((found for link in listed if isinstance(link, dict) and (found := web_address(link.get("href")))), "")
