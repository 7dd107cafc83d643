"""The promises of an incident: when something is due, and whether it was kept. Pure rules.

A clock's due time comes from the severity terms that were frozen at the declaration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from incidents.response.working_days import add_working_days


class ClockName(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    CONTAIN = "contain"
    NEXT_UPDATE = "next_update"
    REASSESS = "reassess"
    # Promises that satellites keep
    LANE = "lane"
    HANDOFF = "handoff"
    SIGN_OFF = "sign_off"
    REVIEW = "review"


class Standing(StrEnum):
    MET = "met"
    MET_LATE = "met_late"
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    OVERDUE = "overdue"


AT_RISK_SHARE = 0.75
# For incidents whose terms were frozen before levels said how soon a provisional assessment is looked at again.
USUAL_REASSESS_MINUTES = 4 * 60


@dataclass(frozen=True, slots=True)
class Clock:
    """A promise: its name, when it began, when it is due and when it was kept. `about` says of what, at `url`."""

    name: ClockName
    began_at: datetime
    due_at: datetime
    met_at: datetime | None = None
    about: str = ""
    url: str = ""

    @property
    def risk_at(self) -> datetime:
        """From when on it is at risk: three quarters of the time have passed."""
        return self.began_at + max(self.due_at - self.began_at, timedelta(seconds=1)) * AT_RISK_SHARE

    def standing(self, *, now: datetime) -> Standing:
        """Kept or not, and how near it is."""
        if self.met_at is not None:
            return Standing.MET if self.met_at <= self.due_at else Standing.MET_LATE
        if now > self.due_at:
            return Standing.OVERDUE
        return Standing.AT_RISK if now >= self.risk_at else Standing.ON_TRACK

    @property
    def order(self) -> tuple[bool, datetime]:
        """What is next comes first; what was kept stands below."""
        return (self.met_at is not None, self.due_at)


def due_times(
    terms: Mapping[str, Any], *, began_at: datetime, updated_at: datetime | None = None
) -> dict[ClockName, datetime | None]:
    """When each clock is due under these severity terms.

    Acknowledging and containing count from the declaration, or from the last reopening; the next update counts
    from the last one. None means that the terms promise nothing.
    """
    update_minutes = terms["update_minutes"]
    return {
        ClockName.ACKNOWLEDGE: began_at + timedelta(minutes=terms["acknowledge_minutes"]),
        ClockName.CONTAIN: began_at + timedelta(minutes=terms["contain_minutes"]),
        ClockName.NEXT_UPDATE: (
            (updated_at or began_at) + timedelta(minutes=update_minutes) if update_minutes else None
        ),
    }


def reassess_due(terms: Mapping[str, Any], *, at: datetime, zone: tzinfo) -> datetime:
    """When a provisional assessment is looked at again: after the minutes of its level, or on the next working day."""
    minutes = terms.get("reassess_minutes", USUAL_REASSESS_MINUTES)
    if minutes:
        return at + timedelta(minutes=minutes)
    local = at.astimezone(zone)
    return datetime.combine(add_working_days(local.date(), 1), local.time(), zone)
