"""The list of the board as plain data: at first sight, and again for each poll with every row in its place."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web.paging import Place, page
from incidents.classification.models import SeverityLevel
from incidents.desk.choices import levels
from incidents.desk.decisions import decisions, mark
from incidents.desk.filters import WHOLE, Filters, Sort, Whose
from incidents.desk.paging import segments
from incidents.desk.rows import drawn, listed, newest_entries, news, promises_of, rows_of
from incidents.desk.shown import Shown
from incidents.response.states import MOVES, Verb

ROWS_PER_PAGE = 25
NOTHING_OF = {
    Whose.MINE: _("You lead no open incident"),
    Whose.UNOWNED: _("Every open incident has a lead"),
    Whose.OVERDUE: _("Nothing is overdue"),
}
Waiting = list[dict[str, Any]]


class Look:
    """One look of a person at the list: reads each thing once."""

    def __init__(self, user: User, query: QueryDict, *, now: datetime) -> None:
        self.user, self.query, self.now = user, query, now
        self.filters = Filters.read(query)
        self.entries = newest_entries(user)
        self.waiting = decisions(user, now=now)

    @property
    def version(self) -> str:
        """Changes with every entry and breach that exists for the person; what is overdue also by the minute."""
        minute = f"{self.now:%H%M}" if self.filters.whose == Whose.OVERDUE else ""
        return hashlib.sha256(f"{self.entries}{mark(self.waiting)}{minute}".encode()).hexdigest()[:16]

    def first(self, all_levels: Sequence[SeverityLevel] | None = None) -> dict[str, Any]:
        """The page that the URL asks for, as it is now."""
        walk = segments(self.filters.sort, all_levels if all_levels is not None else list(levels()))
        after, before = (Place.read(self.query.get(name, "")) for name in ("after", "before"))
        found = listed(self.user).filter(self.filters.condition(self.user, now=self.now))
        cut = page(found, walk, size=ROWS_PER_PAGE, after=after, before=before)
        shown = Shown(
            rows=tuple(row["id"] for row in cut.rows),
            breaches=tuple(breach["id"] for breach in self.waiting),
            since=self.entries[0] if self.entries else 0,
            is_whole=cut.newer is None and cut.older is None and after is None,
            newer=cut.newer,
            older=cut.older,
        )
        return self._drawn(shown, cut.rows, self.waiting, fresh=0)

    def again(self) -> dict[str, Any]:
        """What the page shows, as it is now. An empty page takes new rows in: there is nothing to click amiss."""
        shown = Shown.read(self.query)
        if shown.is_empty:
            return self.first()
        known = [breach for breach in self.waiting if breach["id"] in shown.breaches]
        fresh = len(self.waiting) - len(known)
        fresh += news(
            self.user, self.filters, shown=shown.rows, since=shown.since, is_whole=shown.is_whole, now=self.now
        )
        return self._drawn(shown, rows_of(self.user, shown.rows), known, fresh=fresh)

    def _drawn(self, shown: Shown, rows: list[dict[str, Any]], waiting: Waiting, *, fresh: int) -> dict[str, Any]:
        return {
            "now": self.now,
            "breaches": waiting,
            "rows": drawn(rows, self.user, now=self.now, promises=promises_of(rows)),
            "news": fresh,
            "news_url": address(self.filters, **({} if shown.is_whole else {"sort": Sort.NEWEST.value})),
            "newer": self._at("before", shown.newer),
            "older": self._at("after", shown.older),
            "list_query": "&".join(part for part in (self.filters.url_query(), shown.url_query()) if part),
            "version": self.version,
            "filters": self.filters,
            "is_narrow": self.filters.are_narrow or self.filters.state != "open",
            "nothing": NOTHING_OF.get(Whose(self.filters.whose), "") if self.filters.is_only_whose else "",
            "may_acknowledge": self.user.can(MOVES[Verb.ACKNOWLEDGE].capability),
            "may_declare": self.user.can(Capability.DECLARE),
        }

    def _at(self, side: str, place: Place | None) -> str:
        return address(self.filters, place=f"{side}={place}") if place else ""


def address(filters: Filters, *, place: str = "", **changes: str) -> str:
    """The board with these filters, at a place of the list or at its beginning."""
    query = "&".join(part for part in (filters.url_query(**changes), place) if part)
    return f"{reverse('incidents:board')}?{query or WHOLE}"
