"""Parts of a long page that fold to one line: what stands in the line, and which ones a person keeps open or shut.

The choice is the browser's: `static/js/folds.js` writes it into a cookie, so the page comes back as it was left,
without a jump and without a script to open it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

COOKIE = "folds"
LONGEST = 1000  # a cookie of ours is far shorter


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One part: its id on the page, its name in the bar of parts, how many, and what asks for attention.

    `starts` says whether it stands open for somebody who never chose: where something is late or stuck.
    """

    name: str
    title: str
    count: int | None = None
    mark: str = ""
    tone: str = "info"
    starts: str = "shut"


@dataclass(frozen=True, slots=True)
class Choices:
    """What this person opened or shut before, by the name of the part."""

    states: Mapping[str, str]

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """From the cookie. What means nothing is read as if it were not there."""
        kept = request.COOKIES.get(COOKIE, "")[:LONGEST]
        pairs = (part.partition(".") for part in kept.split("_"))
        return cls({name: state for name, _dot, state in pairs if name and state in {"open", "shut"}})

    def is_shut(self, fold: Fold) -> bool:
        return self.states.get(fold.name, fold.starts) == "shut"
