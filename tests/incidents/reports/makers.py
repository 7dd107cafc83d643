"""Makers of reports, in the way that they come in."""

from datetime import datetime
from typing import Any

from airp.accounts.models import User
from incidents.reports.report import Report
from incidents.reports.states import Discretion
from incidents.reports.taking import Said, take_report
from tests import factories
from tests.incidents import cases

CANARY = "Zitronenfalter"
TEXT = f"The assistant told {CANARY}@example.com the address of a stranger."


def report(number: int | str = 1, *, at: datetime, by: User | None = None, **given: Any) -> Report:
    known = {"system": given.pop("system", None) or cases.assistant(), "text": TEXT, "discretion": Discretion.NAMED}
    return take_report(Said(ticket=f"ticket/{number}", **{**known, **given}), by=by or factories.person("lee"), now=at)
