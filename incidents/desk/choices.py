"""What the forms of the desk let people choose from, read at most once per page."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.systems.models import AISystem

Options = list[tuple[int, str]]


def levels() -> QuerySet[SeverityLevel]:
    """All levels, worst first."""
    return SeverityLevel.objects.order_by("rank")


def harm_kinds() -> QuerySet[HarmKind]:
    """Harm kinds in use."""
    return HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name")


def people() -> QuerySet[User]:
    """People who can work on incidents, by name."""
    roles = [role.value for role, granted in CAPABILITIES.items() if Capability.READ_INCIDENTS in granted]
    return User.objects.filter(is_active=True, roles__overlap=roles).order_by("name", "pk")


def systems() -> QuerySet[AISystem]:
    """Systems under watch, by name."""
    return AISystem.objects.filter(retired_at__isnull=True).order_by("name")


class Choices:
    """The lists of one page as (id, words), all from one query at the first use."""

    @property
    def levels(self) -> Options:
        return self._lists["levels"]

    @property
    def harm_kinds(self) -> Options:
        return self._lists["harm_kinds"]

    @property
    def people(self) -> Options:
        return self._lists["people"]

    @cached_property
    def _lists(self) -> dict[str, Options]:
        lists: dict[str, Options] = {"levels": [], "harm_kinds": [], "people": []}
        for name, pk, words in self._rows():
            lists[name].append((pk, words))
        return lists

    def _rows(self) -> Iterable[tuple[str, int, str]]:
        of_levels = _as_rows(levels(), "levels", place=F("rank"), words=Concat("slug", Value(" "), "name"))
        of_kinds = _as_rows(harm_kinds(), "harm_kinds", place=F("position"), words=F("name"))
        of_people = _as_rows(people(), "people", place=Value(0), words=F("name"))
        found = of_levels.union(of_kinds, of_people, all=True).order_by("list_name", "place", "words", "key")
        return ((row["list_name"], row["key"], row["words"]) for row in found)


def _as_rows(found: QuerySet[Any, Any], name: str, **columns: Any) -> QuerySet[Any, Any]:
    """One of the lists in the common shape that a union needs."""
    rows: QuerySet[Any, Any] = (
        found.order_by()
        .annotate(list_name=Value(name), key=F("pk"), **columns)
        .values("list_name", "place", "words", "key")
    )
    return rows
