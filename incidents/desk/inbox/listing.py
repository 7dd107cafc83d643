"""The queue as plain data: at first sight, and again with every row in its place."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Value
from django.http import QueryDict
from django.urls import reverse

from airp.accounts.models import User
from airp.web import times
from incidents.desk.choices import levels
from incidents.desk.inbox.filters import Filters
from incidents.desk.rows import due
from incidents.response.models import Incident
from incidents.systems.models import Component, ComponentVersion
from incidents.triage.queue import Key, Row, keys, providers

ROWS_PER_PAGE = 25
MOST_SHOWN = 60
MOST_NEWS = 100


class Queue:
    """One look of a person at the inbox: reads each thing once."""

    def __init__(self, user: User, query: QueryDict, *, now: datetime) -> None:
        self.user, self.query, self.now = user, query, now
        self.filters = Filters.read(query)
        self.levels = list(levels())
        self.wanted = self.filters.wanted(user, self.levels, now=now)

    def first(self) -> dict[str, Any]:
        """The page that the URL asks for, as it is now."""
        after, before = (Key.read(self.query.get(name, "")) for name in ("after", "before"))
        found = keys(self.wanted, most=ROWS_PER_PAGE + 1, after=after, before=before)
        is_more = len(found) > ROWS_PER_PAGE
        shown = found[-ROWS_PER_PAGE:] if before else found[:ROWS_PER_PAGE]
        has_newer = is_more if before else after is not None
        has_older = True if before else is_more
        return self._drawn(shown, fresh=[], has_newer=has_newer, has_older=has_older)

    def again(self, *, without: Iterable[Key] = ()) -> dict[str, Any]:
        """What the page shows, each row in its place. New ones wait; what was decided here makes room at the end."""
        gone = set(without)
        shown = [key for key in self.shown if key not in gone]
        if not shown:
            return self.first()
        upto = self.shown[-1]
        window = keys(self.wanted, most=MOST_NEWS + len(shown), upto=upto)
        start = Key.read(self.query.get("start", ""))
        fresh = [key for key in window if key not in set(shown) and key not in gone and (start is None or key >= start)]
        room = ROWS_PER_PAGE - len(shown) if gone else 0
        more = keys(self.wanted, most=room + 1, after=upto) if room > 0 else keys(self.wanted, most=1, after=upto)
        return self._drawn(
            [*shown, *more[: max(room, 0)]], fresh=fresh, has_newer=start is not None, has_older=len(more) > room
        )

    @property
    def is_unchanged(self) -> bool:
        """Whether what the page shows still waits, and nothing new came among it."""
        shown = self.shown
        if not shown:
            return False
        window = keys(self.wanted, most=MOST_NEWS + len(shown), upto=shown[-1])
        return version_of(shown, window) == self.query.get("v", "")

    @property
    def shown(self) -> list[Key]:
        parts = self.query.get("rows", "").split("_")[:MOST_SHOWN]
        return [key for part in parts if (key := Key.read(part)) is not None]

    def name_of(self, key: Key) -> str:
        return _name(key.order)

    def _drawn(self, shown: list[Key], *, fresh: list[Key], has_newer: bool, has_older: bool) -> dict[str, Any]:
        rows = self._rows(shown)
        start = str(shown[0]) if has_newer and shown else ""
        window = [*(key for key in shown if (row := rows.get(key)) and not row.gone), *fresh]
        rows_query = f"rows={'_'.join(str(key) for key in shown)}&start={start}"
        context = context_of(rows.values(), self.user)
        return {
            "now": self.now,
            "rows": [drawn(key, rows[key], context, now=self.now) for key in shown if key in rows],
            "news": min(len(fresh), MOST_NEWS),
            "news_url": self.filters.address(),
            "newer": self.filters.address(place=f"before={shown[0]}") if has_newer and shown else "",
            "older": self.filters.address(place=f"after={shown[-1]}") if has_older and shown else "",
            "list_query": "&".join(part for part in (self.filters.url_query(), rows_query) if part),
            "version": version_of(shown, window),
            "filters": self.filters,
        }

    def _rows(self, shown: Sequence[Key]) -> dict[Key, Row]:
        found: dict[tuple[int, int], Row] = {}
        for each in providers():
            ids = [key.pk for key in shown if key.order == each.order]
            if ids:
                rows = each.rows(ids, user=self.user, levels=self.levels)
                found |= {(each.order, row.pk): row for row in rows}
        return {key: row for key in shown if (row := found.get((key.order, key.pk)))}


def version_of(shown: Sequence[Key], window: Iterable[Key]) -> str:
    """Changes when a row of the page was decided elsewhere, or a new one came among them."""
    waiting = sorted(window)
    text = f"{'_'.join(map(str, shown))}|{'_'.join(map(str, waiting))}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


Ran = tuple[datetime, datetime | None, str]  # from, until, label
Context = tuple[dict[int, list[Ran]], dict[tuple[int, int], str]]


def context_of(rows: Collection[Row], user: User) -> Context:
    """Of the systems on the page: the models that ran since the oldest row, and the newest open incident of each harm
    kind. One query.
    """
    systems = {row.system_id for row in rows}
    kinds = {row.harm_kind_id for row in rows if row.harm_kind_id}
    if not systems:
        return {}, {}
    ran = ComponentVersion.objects.ran_since(min(row.since for row in rows))
    ran = ran.filter(system_id__in=systems, component=Component.MODEL)
    models = ran.order_by().values_list("system_id", Value(0), "label", "deployed_from", "deployed_to")
    same = Incident.objects.visible_to(user).open().filter(system_id__in=systems, harm_kind_id__in=kinds)
    newest = same.order_by("system_id", "harm_kind_id", "-declared_at").distinct("system_id", "harm_kind_id")
    columns = ("system_id", "harm_kind_id", "reference", "declared_at", "closed_at")
    versions, alike = defaultdict[int, list[Ran]](list), {}
    for system, kind, name, since, until in models.union(newest.values_list(*columns), all=True):
        if kind:
            alike[system, kind] = name
        else:
            versions[system].append((since, until, name))
    return versions, alike


def _model(ran: Iterable[Ran], *, at: datetime) -> str:
    """The version that an item is about: the one in force then, whatever runs today."""
    return next((label for since, until, label in ran if since <= at and (until is None or until > at)), "")


def drawn(key: Key, row: Row, context: Context, *, now: datetime) -> dict[str, Any]:
    """A row as finished words and addresses."""
    versions, alike = context
    item = f"{_name(key.order)}-{key.pk}"
    return {
        "key": item,
        "place": str(key),
        "url": reverse("incidents:triage_item", args=[item]),
        "kind_label": row.kind_label,
        "icon": row.icon,
        "title": row.title,
        "system": row.system,
        "model": _model(versions.get(row.system_id, ()), at=row.since),
        "harm": row.harm_kind,
        "severity": row.level.slug if row.level else "",
        "severity_tone": row.level.tone if row.level else "info",
        "since": times.element(row.since, times.ago(row.since, now=now), tick="ago"),
        "due": due(row.due, now=now),
        "figures": row.figures,
        "mark": row.mark,
        "like": alike.get((row.system_id, row.harm_kind_id), "") if row.harm_kind_id else "",
        "gone": row.gone,
        "incident": row.incident,
    }


def _name(order: int) -> str:
    return next(each.name for each in providers() if each.order == order)
