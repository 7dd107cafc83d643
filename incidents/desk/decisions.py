"""Breaches that wait for a decision, as the board shows them above the incidents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from airp.accounts.models import User
from incidents.desk.rows import due
from incidents.detection.queries import breaches_to_decide


def decisions(user: User, *, now: datetime) -> list[dict[str, Any]]:
    """The decision that is due first on top, each with its clock in words."""
    return [
        breach | {"due": due(breach["due_at"], now=now), "owner_name": breach["owner"].name if breach["owner"] else ""}
        for breach in breaches_to_decide(user, now)
    ]


def mark(waiting: Sequence[dict[str, Any]]) -> str:
    """Changes when a breach comes, goes or falls back under its limit, and when its evidence is revised."""
    return ",".join(
        f"{breach['id']}{'-' if breach['is_over'] else '+'}{'~' if breach['is_revised'] else ''}" for breach in waiting
    )
