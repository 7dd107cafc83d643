"""Public taxonomies that incidents are tagged with, read from data files that carry their licence and attribution.

A tag is written `set:code`, such as `mit:1.1`. Harm kinds propose tags; people correct them on the incident.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

FOLDER = Path(__file__).parent / "taxonomies"


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One set: its codes with short names, and under which terms they stand here."""

    key: str
    name: str
    edition: str
    licence: str
    attribution: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tag:
    """One code of a set, as pages show it."""

    key: str
    code: str
    name: str
    taxonomy: str


@cache
def taxonomies() -> tuple[Taxonomy, ...]:
    """All sets, in the order of their files."""
    return tuple(Taxonomy(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.json")))


@cache
def every_tag() -> Mapping[str, Tag]:
    """All tags by their key, in the order in which they are shown."""
    return {
        f"{each.key}:{code}": Tag(f"{each.key}:{code}", code, name, each.name)
        for each in taxonomies()
        for code, name in each.tags.items()
    }


def in_order(keys: Iterable[str]) -> list[str]:
    """These tags once each, in the usual order; unknown ones (of a set that is gone) come last."""
    chosen, known = set(keys), every_tag()
    return [key for key in known if key in chosen] + sorted(chosen - known.keys())


def described(keys: Iterable[str]) -> list[Tag]:
    """These tags with their names."""
    return [every_tag().get(key) or Tag(key, key, _("no longer in the set"), "") for key in in_order(keys)]


def known_tag(key: str) -> None:
    """Validator of one tag."""
    if key not in every_tag():
        raise ValidationError(_("There is no tag %(tag)s."), params={"tag": key})
