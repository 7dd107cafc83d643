"""The form in which packages say what somebody has to do next; `incidents.desk` puts it on one page.

`MY_WORK` in `airp/reactions.py` names functions `(person, *, now, most)` that return at most `most` items each.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

LAST = datetime.max.replace(tzinfo=UTC)


class WorkKind(StrEnum):
    INCIDENT = "incident"
    CALL = "call"
    HANDOFF = "handoff"
    TASK = "task"
    SIGN_OFF = "sign_off"
    LANE = "lane"
    DECISION = "decision"
    REVISIT = "revisit"
    REVIEW = "review"
    ACTION = "action"
    MENTION = "mention"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One thing to do: what, where, until when, and how it stands."""

    kind: WorkKind
    pk: int
    title: str
    url: str
    about: str = ""
    due_at: datetime | None = None
    # A due day without a time of day is over when the day is.
    is_whole_day: bool = False
    state: str = ""
    tone: str = "info"
    # Why it is this person's, where that is not plain.
    why: str = ""
    is_drill: bool = False
    # Where whoever it waits for can wave it off; empty for what must be done.
    dismiss_url: str = ""

    @property
    def order(self) -> tuple[datetime, str, int]:
        """What is next comes first; without a due time last."""
        return self.due_at or LAST, self.kind.value, self.pk
