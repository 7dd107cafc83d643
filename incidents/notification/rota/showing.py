"""How a rota is put into rows for the page: who, from when until when, why, and what can be done about it."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.notification.rota.answering import Member, Roster
from incidents.notification.rota.plan import Answer, Cause, Stretch

AHEAD, SHIFTS_AHEAD = timedelta(days=28), timedelta(days=84)


def rota_of(roster: Roster, user: User, *, now: datetime) -> dict[str, Any]:
    """One rota: now, next, the stretches of four weeks, and the gaps among them."""
    stretches = roster.plan.stretches(now, now + AHEAD) if roster.plan.rotations or roster.plan.overrides else []
    rows = [row_of(roster, stretch, user, now=now) for stretch in stretches]
    return {
        "roster": roster,
        "rows": rows,
        "now": rows[0] if rows else None,
        "next": rows[1] if len(rows) > 1 else None,
        "gaps": [row for row in rows if row["is_gap"]],
        "span_url": reverse("incidents:on_call_span", args=[roster.pk]),
        "order_url": reverse("incidents:on_call_order", args=[roster.pk]),
    }


def row_of(roster: Roster, stretch: Stretch, user: User, *, now: datetime) -> dict[str, Any]:
    """One stretch; a stretch that reaches the end of what is shown has no end of its own."""
    answer = stretch.answer
    member = None if answer.person is None else roster.people[answer.person]
    query = urlencode({"from": stretch.start.isoformat(), "until": stretch.end.isoformat()})
    return {
        "member": member,
        "is_me": answer.person == user.pk,
        "is_gap": member is None,
        "start": stretch.start,
        "end": stretch.end if stretch.end < now + AHEAD else None,
        "why": why(answer, roster.people),
        "take_url": f"{reverse('incidents:on_call_span', args=[roster.pk])}?{query}",
    }


def why(answer: Answer, people: Any) -> str:
    """The cause in words."""
    absent: Member | None = people.get(answer.absent) if answer.absent else None
    return {
        Cause.TURN: "",
        Cause.OVERRIDE: _("takes this over"),
        Cause.NOT_BEGUN: _("the rota has not begun"),
        Cause.EMPTY_TURN: _("nobody takes this week"),
        Cause.DECLARED_GAP: _("declared: nobody is on call"),
        Cause.PERSON_LEFT: _("%(name)s can no longer be called") % {"name": absent.name if absent else ""},
    }[answer.cause]


def shifts_of(found: list[Roster], user: User, *, now: datetime) -> list[dict[str, Any]]:
    """When this person is on call in the next twelve weeks, the next first."""
    shifts = [
        {"rota": roster.name, "start": stretch.start, "end": stretch.end, "is_now": stretch.start <= now}
        for roster in found
        for stretch in roster.plan.stretches(now, now + SHIFTS_AHEAD)
        if stretch.answer.person == user.pk
    ]
    return sorted(shifts, key=lambda shift: (shift["start"], shift["rota"]))
