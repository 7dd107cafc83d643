"""What other packages carry from a duplicate to the incident that it is merged into, and back.

`MERGERS` in `airp/reactions.py` names them; incidents and links know none of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from airp.accounts.models import User

if TYPE_CHECKING:
    from incidents.response.models import Incident

# What carrying moved, one JSON object per thing, with all that bringing it back needs.
Carried = list[dict[str, Any]]


class Carry(Protocol):
    def __call__(self, duplicate: "Incident", survivor: "Incident", *, by: User, now: datetime) -> Carried: ...


class BringBack(Protocol):
    def __call__(
        self, carried: Carried, *, duplicate: "Incident", survivor: "Incident", by: User, now: datetime
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Merger:
    """One kind of things that are attached to incidents. Both functions run while both incidents are locked."""

    name: str
    what: str | Promise
    carry: Carry
    bring_back: BringBack


def mergers() -> tuple[Merger, ...]:
    found: tuple[Merger, ...] = import_string(settings.MERGERS)
    return found
