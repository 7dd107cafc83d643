"""What a kind of step is: what it is called, what its author fills in, and what whoever does it must give.

A further kind is a file beside this one and a line in `registry.py`; nothing else knows the kinds by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody gives when finishing or recording: the cleaned fields, who and when."""

    values: Mapping[str, Any]
    by_id: int | None
    now: datetime


class StepKind:
    """The plain kind: somebody does it and says so. Others override what differs."""

    slug: str = ""
    label: str | Promise = ""
    means: str | Promise = ""
    icon: str = "check"
    # Can it be finished by one press, without filling anything in?
    is_done_by_one_press = True
    # Does it take something before it is done, as ticks are set one after the other?
    is_recorded_on_the_way = False

    def author_fields(self) -> dict[str, forms.Field]:
        """Fields of the step's form beyond those that every step has."""
        return {}

    def detail(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept of the author's fields, and later frozen into the task."""
        return {}

    def author_values(self, detail: Detail) -> dict[str, Any]:
        """The author's fields as they were filled in."""
        return {}

    def doer_fields(self, detail: Detail, result: Detail) -> dict[str, forms.Field]:
        """Fields of the form by which it is finished."""
        return {}

    def recorded(self, detail: Detail, result: Detail, given: Given) -> dict[str, Any]:
        """The result after something was recorded on the way."""
        return dict(result)

    def finished(self, detail: Detail, result: Detail, given: Given) -> dict[str, Any]:
        """The result when it is done. Raises Unfinished with the sentence that says what is missing."""
        return dict(result)

    def outcome(self, detail: Detail, result: Detail) -> str:
        """The result in a few words; empty where there is none."""
        return ""

    def parts(self, detail: Detail) -> list[str]:
        """What the page of the playbook shows under the step: items, options, the event."""
        return []

    def awaited(self, detail: Detail) -> str:
        """The kind of timeline entry that finishes it by itself."""
        return ""

    def span(self, detail: Detail) -> timedelta | None:
        """How long after its start it finishes by itself."""
        return None


def lines_of(text: str) -> list[str]:
    """The lines that say something, each once, in order."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
