"""The one queue of what waits for triage. Packages offer their kinds; `settings.INBOX` names the list of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db.models import Q, QuerySet, Value
from django.utils.module_loading import import_string

from airp.accounts.models import User
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.models import Incident
from incidents.systems.models import AISystem
from incidents.triage.reasons import DeclineReason

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items a person wants to see. `levels` are all severity levels, worst first."""

    user: User
    now: datetime
    levels: Sequence[SeverityLevel]
    kind: str = ""
    system: str = ""
    severity: str = ""
    whose: str = ""
    is_snoozed: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A place in the queue: the moment by which somebody must respond, the kind, the id."""

    due: datetime
    order: int
    pk: int

    def __str__(self) -> str:
        return f"{(self.due - EPOCH) // MICROSECOND}.{self.order}.{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Key | None":
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isdecimal() and len(part) < 18 for part in parts):
            return None
        return cls(EPOCH + int(parts[0]) * MICROSECOND, int(parts[1]), int(parts[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the queue shows of an item. `gone` says in words what became of it; empty while it waits.

    `incident` is the reference of the incident that it is in.
    """

    pk: int
    kind: str
    kind_label: str
    icon: str
    title: str
    system_id: int
    system: str
    level: SeverityLevel | None
    since: datetime
    due: datetime | None
    harm_kind_id: int | None = None
    harm_kind: str = ""
    figures: str = ""
    mark: str = ""
    gone: str = ""
    incident: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an incident of this item would say. An empty title must be typed."""

    title: str
    summary: str
    system: AISystem
    severity: SeverityLevel | None
    harm_kind: HarmKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How it is accepted, after somebody looked at the draft."""

    title: str
    summary: str
    severity: SeverityLevel
    harm_kind: HarmKind | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of the detail page that the item's own package draws."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


class Provider(Protocol):
    """One table of things that wait. `waiting` yields rows annotated with `due`.

    `claim` locks an item for a decision and says what became of it since it was read; nothing while it waits.
    """

    name: str
    order: int

    def waiting(self, wanted: Wanted) -> QuerySet[Any]: ...
    def rows(self, ids: Sequence[int], *, user: User, levels: Sequence[SeverityLevel]) -> list[Row]: ...
    def find(self, pk: int, *, user: User) -> Any | None: ...
    def system_of(self, item: Any) -> AISystem: ...
    def claim(self, item: Any) -> str: ...
    def standing(self, item: Any) -> dict[str, Any]: ...
    def draft(self, item: Any, *, levels: Sequence[SeverityLevel]) -> Draft: ...
    def accept(self, item: Any, how: Acceptance, *, by: User, now: datetime) -> Incident: ...
    def attach(self, item: Any, incident: Incident, *, by: User, now: datetime) -> None: ...
    def decline(self, item: Any, why: DeclineReason, *, words: str, by: User, now: datetime) -> None: ...
    def snooze(self, item: Any, until: datetime, *, by: User, now: datetime) -> None: ...
    def take_back(self, item: Any, before: Mapping[str, Any], *, by: User, now: datetime) -> None: ...
    def shown(self, item: Any) -> Shown: ...


def providers() -> tuple[Provider, ...]:
    found: tuple[Provider, ...] = import_string(settings.INBOX)
    return found


def provider(name: str) -> Provider | None:
    return next((each for each in providers() if each.name == name), None)


def keys(
    wanted: Wanted, *, most: int, after: Key | None = None, before: Key | None = None, upto: Key | None = None
) -> list[Key]:
    """Places of the queue in its order, in one query however many kinds there are."""
    sign = "-" if before else ""
    parts = [
        each.waiting(wanted)
        .filter(*_bounds(each.order, after, before, upto))
        .annotate(order=Value(each.order))
        .order_by(f"{sign}due", f"{sign}pk")
        .values_list("due", "order", "pk")[:most]
        for each in providers()
    ]
    found = parts[0].union(*parts[1:], all=True).order_by(f"{sign}due", f"{sign}order", f"{sign}pk")[:most]
    return sorted(Key(*values) for values in found)


def _bounds(order: int, after: Key | None, before: Key | None, upto: Key | None) -> Iterator[Q]:
    """The first test of each lets the index start there."""
    if after:
        yield _beyond("gt", order, after, is_beyond=order > after.order)
    if before:
        yield _beyond("lt", order, before, is_beyond=order < before.order)
    if upto:
        yield _beyond("lt", order, upto, is_beyond=order < upto.order) | Q(due=upto.due, pk=upto.pk)


def _beyond(side: str, order: int, place: Key, *, is_beyond: bool) -> Q:
    if is_beyond:
        return Q(**{f"due__{side}e": place.due})
    if order == place.order:
        return Q(**{f"due__{side}e": place.due}) & (Q(**{f"due__{side}": place.due}) | Q(**{f"pk__{side}": place.pk}))
    return Q(**{f"due__{side}": place.due})


def likely(levels: Sequence[SeverityLevel], *, is_urgent: bool) -> SeverityLevel | None:
    """What carries no level of its own: the second worst where it is urgent, else the third. Never a judgement."""
    return levels[min(1 if is_urgent else 2, len(levels) - 1)] if levels else None


def one_worse(levels: Sequence[SeverityLevel], level: SeverityLevel) -> SeverityLevel:
    """Unsure: the higher one."""
    worse = [each for each in levels if each.rank < level.rank]
    return worse[-1] if worse else level


def speaks_of(wanted: Wanted, *, is_urgent: bool) -> bool:
    """Whether the severity filter lets items of this urgency through."""
    found = likely(wanted.levels, is_urgent=is_urgent)
    return not wanted.severity or (found is not None and found.slug == wanted.severity)
