"""The one place that answers "who is on call?": for the header, the page of the rota, the calendar and escalations."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from airp.accounts.roles import Capability, capabilities_of
from incidents.notification.rota.plan import Answer, Override, Plan, Rotation

# All rotas in use with what is arranged from a moment on, as one value, so that a page can read it beside its counts.
# Overrides are cut at their withdrawal here, once for everybody.
PLANS = """
SELECT coalesce(json_agg(json_build_object(
    'id', rota.id, 'name', rota.name, 'purpose', rota.purpose, 'zone', rota.time_zone,
    'orders', (SELECT coalesce(json_agg(json_build_object(
            'id', o.id, 'begins', o.begins_at, 'zone', o.time_zone, 'weekday', o.weekday, 'handover', o.handover,
            'seats', (SELECT coalesce(json_agg(s.person_id ORDER BY s.position), '[]')
                      FROM incidents_rotaseat s WHERE s.order_id = o.id)
        ) ORDER BY o.begins_at), '[]') FROM incidents_rotaorder o WHERE o.rota_id = rota.id),
    'overrides', (SELECT coalesce(json_agg(json_build_object('id', v.id, 'person', v.person_id,
            'starts', v.starts_at, 'ends', least(v.ends_at, coalesce(v.withdrawn_at, v.ends_at)))), '[]')
        FROM incidents_rotaoverride v WHERE v.rota_id = rota.id AND v.ends_at > {since}
         AND least(v.ends_at, coalesce(v.withdrawn_at, v.ends_at)) > v.starts_at),
    'people', (SELECT coalesce(json_agg(json_build_object(
            'id', u.id, 'name', u.name, 'email', u.email, 'roles', u.roles, 'active', u.is_active)), '[]')
        FROM accounts_user u WHERE u.id IN (
            SELECT s.person_id FROM incidents_rotaseat s JOIN incidents_rotaorder o ON o.id = s.order_id
             WHERE o.rota_id = rota.id
            UNION SELECT v.person_id FROM incidents_rotaoverride v WHERE v.rota_id = rota.id))
    ) ORDER BY rota.name, rota.id), '[]')
FROM incidents_rota rota WHERE rota.state = 'active'
"""
PLANS_NOW = PLANS.format(since="statement_timestamp()")
PLANS_SINCE = PLANS.format(since="%s")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a rota, as pages name them."""

    pk: int
    name: str
    email: str
    is_able: bool

    @property
    def short_name(self) -> str:
        first, _space, rest = self.name.partition(" ")
        return f"{first} {rest[0]}." if rest else first


@dataclass(frozen=True)
class Roster:
    """One rota with its plan and its people."""

    pk: int
    name: str
    purpose: str
    zone: ZoneInfo
    plan: Plan
    people: Mapping[int, Member]

    def at(self, moment: datetime) -> Answer:
        return self.plan.at(moment)

    def on_call_at(self, moment: datetime) -> Member | None:
        """Who is on call; None where nobody is."""
        person = self.plan.at(moment).person
        return None if person is None else self.people[person]

    @cached_property
    def newest_order(self) -> Rotation | None:
        return self.plan.rotations[-1] if self.plan.rotations else None


def rosters(*, since: datetime) -> list[Roster]:
    """All rotas in use, with every override that ends after `since`. One query."""
    with connection.cursor() as cursor:
        cursor.execute(PLANS_SINCE, [since])
        return read(cursor.fetchone()[0])


def on_call_now(rota_id: int, *, now: datetime) -> int | None:
    """The id of the person whom an escalation to this rota calls; None where nobody is on call."""
    found = next((roster for roster in rosters(since=now) if roster.pk == rota_id), None)
    return None if found is None else found.plan.at(now).person


def read(value: str | Iterable[Mapping[str, Any]]) -> list[Roster]:
    """Rosters from the value of `PLANS`."""
    rows = json.loads(value) if isinstance(value, str) else value
    return [_roster(row) for row in rows]


def _roster(row: Mapping[str, Any]) -> Roster:
    people = {each["id"]: _member(each) for each in row["people"]}
    plan = Plan(
        rotations=tuple(map(_rotation, row["orders"])),
        overrides=tuple(map(_override, row["overrides"])),
        able=frozenset(pk for pk, member in people.items() if member.is_able),
    )
    return Roster(row["id"], row["name"], row["purpose"], ZoneInfo(row["zone"]), plan, people)


def _member(row: Mapping[str, Any]) -> Member:
    """Only who may acknowledge can be on call: a call that cannot be answered is none."""
    is_able = row["active"] and Capability.TRIAGE in capabilities_of(row["roles"])
    return Member(row["id"], row["name"], row["email"], is_able)


def _rotation(row: Mapping[str, Any]) -> Rotation:
    return Rotation(
        pk=row["id"],
        begins_at=datetime.fromisoformat(row["begins"]),
        zone=ZoneInfo(row["zone"]),
        weekday=row["weekday"],
        handover=time.fromisoformat(row["handover"]),
        seats=tuple(row["seats"]),
    )


def _override(row: Mapping[str, Any]) -> Override:
    return Override(
        row["id"], datetime.fromisoformat(row["starts"]), datetime.fromisoformat(row["ends"]), row["person"]
    )
