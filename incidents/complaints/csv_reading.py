"""Complaints from a CSV file: bytes to rows, rows to items of the format that programs send. Pure.

Nothing in a cell is ever computed: text that begins like a formula is text.
"""

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 512 * 1024
MAX_ROWS = 2_000
MAX_CELL = 20_000
DELIMITERS = (",", ";", "\t")
COLUMNS = (
    "id", "received_at", "system", "channel", "category", "harm_kind", "text", "language", "complainant",
    "contact_allowed", "priority_contact", "happened_at",
)  # fmt: skip
NEEDED = ("received_at", "system", "text")
YES, NO = frozenset({"yes", "true", "1", "y", "ja"}), frozenset({"no", "false", "0", "n", "nein"})


class NotCsv(ValueError):
    """The file as a whole cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file as an item of the complaint format. `line` is what a spreadsheet shows."""

    line: int
    item: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that could be read: its fingerprint, its rows and the columns that nobody knows."""

    digest: str
    delimiter: str
    rows: list[Row]
    unknown: list[str]


def read_csv(raw: bytes) -> Sheet:
    """Raises NotCsv for a file that is no table of complaints."""
    if len(raw) > MAX_BYTES:
        raise NotCsv(f"The file is larger than {MAX_BYTES // 1024} KiB. Split it.")
    text = _decoded(raw)
    delimiter = _delimiter(text)
    names, lines = _table(text, delimiter)
    known = {name: place for place, name in enumerate(names) if name in COLUMNS}
    digest = hashlib.sha256(raw).hexdigest()
    rows = [
        Row(line, _item(digest, line, {name: cells[place] for name, place in known.items() if place < len(cells)}))
        for line, cells in lines
    ]
    return Sheet(digest, delimiter, rows, [name for name in names if name not in COLUMNS])


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotCsv("The file is not UTF-8. Save it as “CSV UTF-8” and upload it again.") from None
    if "\x00" in text:
        raise NotCsv("The file holds NUL characters: it is no text.")
    if not text.strip():
        raise NotCsv("The file is empty.")
    return text


def _delimiter(text: str) -> str:
    """What parts the names in the first line."""
    first = text.splitlines()[0]
    return max(DELIMITERS, key=first.count)


def _table(text: str, delimiter: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower().replace(" ", "_") for name in next(reader)]
        begin, lines = reader.line_num + 1, []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((begin, cells))
            begin = reader.line_num + 1
            if len(lines) > MAX_ROWS:
                raise NotCsv(f"The file has more than {MAX_ROWS} rows. Split it.")
    except csv.Error as error:
        raise NotCsv(f"Near line {reader.line_num} the file is no CSV: {error}.") from None
    _check(names)
    if not lines:
        raise NotCsv("Below the first line with the names of the columns there are no rows.")
    return names, lines


def _check(names: list[str]) -> None:
    if missing := [name for name in NEEDED if name not in names]:
        raise NotCsv(f"The first line must name the columns. Missing: {', '.join(missing)}.")
    if twice := sorted({name for name in names if name in COLUMNS and names.count(name) > 1}):
        raise NotCsv(f"These columns stand twice: {', '.join(twice)}.")


def _item(digest: str, line: int, cells: dict[str, str]) -> dict[str, Any]:
    """The identity of a row is the file and the row's own id, or its line: the same file again counts nothing twice."""
    given: dict[str, Any] = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    row_id = given.get("id") or f"line {line}"
    given["id"] = f"csv/{digest[:32]}/{row_id}"
    given.setdefault("channel", "csv")
    for name in ("channel", "priority_contact", "contact_allowed"):
        if name in given:
            given[name] = given[name].lower().replace(" ", "_").replace("-", "")
    if "contact_allowed" in given:
        word = given["contact_allowed"]
        given["contact_allowed"] = True if word in YES else False if word in NO else word
    return given
