"""What a page of the board shows, remembered in the URL of its polls: rows keep their places, new ones are counted."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from airp.web.paging import Place

MOST_IDS = 50
DIGITS = 18  # whatever is longer is no id of ours


@dataclass(frozen=True, slots=True)
class Shown:
    """Ids of incidents and breaches in their order, the newest entry at that time, and the neighbouring places.

    `is_whole`: the page holds the whole list, so everything else that matches is new.
    """

    rows: tuple[int, ...] = ()
    breaches: tuple[int, ...] = ()
    since: int = 0
    is_whole: bool = True
    newer: Place | None = None
    older: Place | None = None

    @classmethod
    def read(cls, query: QueryDict) -> "Shown":
        """From a URL. What means nothing is read as if it were not there."""
        since = _ids(query.get("since", ""))
        return cls(
            rows=_ids(query.get("rows", "")),
            breaches=_ids(query.get("breaches", "")),
            since=since[0] if since else 0,
            is_whole=query.get("whole") == "1",
            newer=Place.read(query.get("newer", "")),
            older=Place.read(query.get("older", "")),
        )

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.breaches

    def url_query(self) -> str:
        values = {
            "rows": _text(self.rows),
            "breaches": _text(self.breaches),
            "since": str(self.since),
            "whole": "1" if self.is_whole else "",
            "newer": str(self.newer or ""),
            "older": str(self.older or ""),
        }
        return urlencode({name: value for name, value in values.items() if value})


def _ids(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:MOST_IDS] if part.isdecimal() and len(part) <= DIGITS)


def _text(ids: Iterable[int]) -> str:
    return ".".join(str(pk) for pk in ids)
