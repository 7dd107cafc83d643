"""CloudEvents 1.0 over HTTP in its three modes: binary, structured, batch. Pure: no Django, no clock."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from incidents.detection.parsers.reports import payload_hash
from incidents.detection.parsers.signals import Unacceptable
from incidents.detection.parsers.strict_json import Flaw, NotJson, flaw_in, read_array, read_single

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
MAX_EVENTS = 1_000
MAX_ATTRIBUTE = 1_024
REQUIRED = ("id", "source", "type")
OPTIONAL = ("datacontenttype", "dataschema", "subject", "time")
PREFIX = "ce-"


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """One event: its type, its time as sent, its data, and what it is known by: source and id together."""

    identity: str
    type: str
    time: str
    data: Any
    payload_hash: bytes


def read_binary(headers: Mapping[str, str], media: str, raw: bytes) -> CloudEvent:
    """An event whose attributes are headers and whose data is the body. Raises Unacceptable."""
    found = {
        name.lower().removeprefix(PREFIX): _unescaped(value)
        for name, value in headers.items()
        if name.lower().startswith(PREFIX)
    }
    return _event(found | {"datacontenttype": media}, _json(raw, media) if raw.strip() else None)


def read_structured(raw: bytes) -> CloudEvent:
    """An event that is one JSON object. Raises NotJson or Unacceptable."""
    return _from_object(read_single(raw))


def read_batch(raw: bytes) -> list[CloudEvent | Unacceptable]:
    """The events of a JSON array, each by itself. Raises NotJson."""
    items = read_array(raw)
    if raw.lstrip()[:1] != b"[":
        raise NotJson("Send a JSON array of events.")
    if len(items) > MAX_EVENTS:
        raise NotJson(f"A batch may have {MAX_EVENTS} events.")
    return [_one_of_batch(item) for item in items]


def _one_of_batch(item: Any) -> CloudEvent | Unacceptable:
    try:
        return _from_object(item)
    except Unacceptable as error:
        return error


def _from_object(item: Any) -> CloudEvent:
    if (flaw := flaw_in(item)) is not None:
        raise Unacceptable(flaw.code, flaw.detail)
    if not isinstance(item, dict):
        raise Unacceptable("not_an_object", "each event must be a JSON object")
    media = item.get("datacontenttype") or "application/json"
    if "data_base64" not in item:
        return _event(item, item.get("data"))
    if "data" in item:
        raise Unacceptable("bad_data", "an event has data or data_base64, not both")
    return _event(item, _json(_from_base64(item["data_base64"]), media))


def _event(attributes: Mapping[str, Any], data: Any) -> CloudEvent:
    if attributes.get("specversion") != "1.0":
        raise Unacceptable("bad_version", "specversion must be 1.0")
    for name in (*REQUIRED, *OPTIONAL):
        _check(attributes, name)
    told = [attributes["source"], attributes["id"]]
    return CloudEvent(
        identity=hashlib.sha256(json.dumps(told).encode()).hexdigest(),
        type=attributes["type"],
        time=attributes.get("time") or "",
        data=data,
        payload_hash=payload_hash([attributes["type"], data]),
    )


def _check(attributes: Mapping[str, Any], name: str) -> None:
    given = attributes.get(name)
    if given in (None, "") and name in REQUIRED:
        raise Unacceptable("missing_field", f"{name} is required")
    if given is not None and not isinstance(given, str):
        raise Unacceptable("bad_text", f"{name} must be text")
    if given and (len(given) > MAX_ATTRIBUTE or not given.isprintable()):
        raise Unacceptable("too_long", f"{name} may have {MAX_ATTRIBUTE} printable characters")


def _json(raw: bytes, media: Any) -> Any:
    plain = media.partition(";")[0].strip().lower() if isinstance(media, str) else ""
    if plain != "application/json" and not plain.endswith("+json"):
        raise Unacceptable("bad_data", "the data of an event must be JSON")
    try:
        found = read_array(raw)
    except NotJson as error:
        raise Unacceptable("bad_data", str(error)) from None
    data = found if raw.lstrip()[:1] == b"[" else found[0]
    flaw = data if isinstance(data, Flaw) else flaw_in(data)
    if flaw is not None:
        raise Unacceptable(flaw.code, flaw.detail)
    return data


def _from_base64(given: Any) -> bytes:
    try:
        return base64.b64decode(given, validate=True) if isinstance(given, str) else b""
    except (binascii.Error, ValueError):
        raise Unacceptable("bad_data", "data_base64 is no base64") from None


def _unescaped(value: str) -> str:
    """Header values carry other characters than ASCII percent-encoded, in UTF-8."""
    try:
        return unquote_to_bytes(value.encode("latin-1", "replace")).decode("utf-8").strip('"')
    except UnicodeDecodeError:
        raise Unacceptable("bad_text", "a ce- header is no UTF-8") from None
