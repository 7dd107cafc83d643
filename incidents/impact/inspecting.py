"""What may be attached: by its ending and by its content, which must agree. Nothing is believed. Pure."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from incidents.impact.images import NotAcceptable, written_anew

MAX_BYTES = 10 * 1024 * 1024
LONGEST_STEM = 100
MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
ENDINGS = {**{kind: kind for kind in MEDIA_TYPES}, "jpeg": "jpg"}
_PNG, _JPG, _PDF, _ZIP_END = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-", b"PK\x05\x06"
_RUNS = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
_DISGUISED = re.compile(r"\s*(?:<!doctype|<html|<svg|<\?xml|<script|<!--|%pdf-|%!ps|mz\x90|#!)", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_UNFIT = re.compile(r'[<>:"|?*\\/%;]')


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file as it will be kept."""

    name: str
    kind: str
    content: bytes


def inspect(name: str, raw: bytes) -> Accepted:
    """Raises NotAcceptable with what to do."""
    if not raw:
        raise NotAcceptable(_("The file is empty."))
    if len(raw) > MAX_BYTES:
        raise NotAcceptable(_("The file is larger than 10 MiB."))
    kind = ENDINGS.get(name.rpartition(".")[2].strip().lower()) if "." in name else None
    if kind is None:
        raise NotAcceptable(_("Only %(kinds)s can be attached.") % {"kinds": ", ".join(MEDIA_TYPES)})
    return Accepted(clean_name(name, kind), kind, _CHECKS[kind](raw))


def clean_name(name: str, kind: str) -> str:
    """What is left of a name when it can neither lead anywhere nor pretend to be another kind."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    stem = "".join(mark for mark in last.rpartition(".")[0] if unicodedata.category(mark)[0] != "C")
    stem = _UNFIT.sub("_", " ".join(stem.split())).strip(". ")[:LONGEST_STEM].strip(". ")
    return f"{stem or 'file'}.{kind}"


def _picture(kind: str, magic: bytes) -> Callable[[bytes], bytes]:
    def check(raw: bytes) -> bytes:
        _begins(raw, magic, kind)
        return written_anew(raw, kind)

    return check


def _pdf(raw: bytes) -> bytes:
    """A PDF from its first to its last byte, with nothing behind it and nothing in it that runs by itself."""
    _begins(raw, _PDF, "pdf")
    if not raw.rstrip(b"\r\n\t \x00").endswith(b"%%EOF"):
        raise NotAcceptable(_("Something follows the end of the PDF, or its end is missing. Print it to PDF anew."))
    if _ZIP_END in raw or any(word in raw for word in _RUNS):
        raise NotAcceptable(_("The PDF carries files or programs. Print it to PDF anew."))
    return raw


def _text(raw: bytes) -> bytes:
    _decoded(raw)
    return raw


def _json(raw: bytes) -> bytes:
    try:
        json.loads(_decoded(raw), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, NotAcceptable):
            raise
        raise NotAcceptable(_("The file is no JSON.")) from None
    return raw


def _csv(raw: bytes) -> bytes:
    """Text with readable rows. Cells stay as they are: what reads them must not compute them."""
    try:
        for _row in csv.reader(io.StringIO(_decoded(raw), newline=""), strict=True):
            pass
    except csv.Error:
        raise NotAcceptable(_("The file is no CSV.")) from None
    return raw


def _begins(raw: bytes, magic: bytes, kind: str) -> None:
    if not raw.startswith(magic):
        raise NotAcceptable(_("The file is called %(kind)s and holds something else.") % {"kind": kind})


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotAcceptable(_("The file is no text in UTF-8.")) from None
    if _CONTROLS.search(text):
        raise NotAcceptable(_("The file holds control characters: it is no text."))
    if _DISGUISED.match(text):
        raise NotAcceptable(_("The file holds a page, a drawing or a program, and is called text."))
    return text


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_CHECKS: dict[str, Callable[[bytes], bytes]] = {
    "png": _picture("png", _PNG),
    "jpg": _picture("jpg", _JPG),
    "pdf": _pdf,
    "txt": _text,
    "json": _json,
    "csv": _csv,
}
