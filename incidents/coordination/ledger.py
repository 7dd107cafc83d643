"""Sign-offs, decisions and handoffs of an incident for its page: all in one query, as plain values."""

from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, DateTimeField, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.aggregates import StringAgg
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest
from django.urls import reverse

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.coordination.decision import Decision, Dissent
from incidents.coordination.decision_states import TONES as DECISION_TONES
from incidents.coordination.decision_states import DecisionState
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.states import PENDING, HandoffState, Rating
from incidents.coordination.handoffs.states import TONES as HANDOFF_TONES
from incidents.coordination.sign_off import SignOff
from incidents.coordination.sign_off_states import TONES as SIGN_OFF_TONES
from incidents.coordination.sign_off_states import SignOffState
from incidents.response.clocks import Clock, ClockName
from incidents.response.lanes import Lane
from incidents.response.models import Incident

PANEL = "incidents/ledger.html#panel"
SHOWN = 20
HANDOFFS_SHOWN = 5
COLUMNS = ("what", "key", "said", "standing", "role_asked", "who", "chose", "moment", "until", "others", "began")
Row = dict[str, Any]


def ledger_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """What was asked, decided and offered, with what is due. Nothing for an ended incident without any."""
    if not isinstance(request.user, User):
        return None
    rows = [dict(zip(COLUMNS, values, strict=True)) for values in _rows(incident)]
    may_write = incident.is_open and request.user.can(Capability.ANNOTATE)
    if not rows and not may_write:
        return None
    sign_offs = [_sign_off(row) for row in rows if row["what"] == "sign_off"]
    handoffs = [_handoff(row) for row in rows if row["what"] == "handoff"]
    context = {
        "sign_offs": sign_offs,
        "handoffs": handoffs,
        "decisions": [_decision(row, now=now) for row in rows if row["what"] == "decision"],
        "may_write": may_write,
        "incident": incident,
    }
    clocks = _clocks(sign_offs, handoffs) if incident.is_open else []
    return {"template": PANEL, "context": context, "clocks": clocks}


def _clocks(sign_offs: list[Row], handoffs: list[Row]) -> list[Clock]:
    """The answers that are due."""
    asked = [
        Clock(ClockName.SIGN_OFF, row["began"], row["until"], about=row["said"], url=row["url"])
        for row in sign_offs
        if row["is_asked"]
    ]
    offered = [
        Clock(ClockName.HANDOFF, row["began"], row["until"], about=row["who"], url=row["url"])
        for row in handoffs
        if row["is_offered"]
    ]
    return [*asked, *offered]


def _rows(incident: Incident) -> Any:
    """The newest of each, what waits before what ended. One query."""
    asked = (
        SignOff.objects.filter(incident=incident)
        .order_by(_waiting_first(state=SignOffState.ASKED), "-number")
        .annotate(
            what=_text(Value("sign_off")),
            key=F("pk"),
            said=_text(F("title")),
            standing=_text(F("state")),
            role_asked=_text(F("role")),
            who=_text(F("person__name")),
            chose=_text(F("answered_by__name")),
            moment=Cast(F("answered_at"), DateTimeField()),
            until=Cast(F("due_at"), DateTimeField()),
            others=_text(Value("")),
            began=Cast(F("asked_at"), DateTimeField()),
        )
    )
    against = Dissent.objects.filter(decision=OuterRef("pk")).order_by().values("decision")
    names = against.annotate(names=StringAgg("person__name", delimiter=Value(", "))).values("names")
    decided = (
        Decision.objects.filter(incident=incident)
        .order_by("-number")
        .annotate(
            what=_text(Value("decision")),
            key=F("pk"),
            said=_text(F("question")),
            standing=_text(F("state")),
            role_asked=_text(Value("")),
            who=_text(F("decider__name")),
            chose=_text(F("chosen")),
            moment=Cast(F("decided_at"), DateTimeField()),
            until=Cast(F("revisit_at"), DateTimeField()),
            others=_text(Coalesce(Subquery(names), Value(""))),
            began=Cast(F("decided_at"), DateTimeField()),
        )
    )
    halves = (decided.values_list(*COLUMNS)[:SHOWN], _offered(incident).values_list(*COLUMNS)[:HANDOFFS_SHOWN])
    return asked.values_list(*COLUMNS)[:SHOWN].union(*halves, all=True).order_by("what", "-key")


def _offered(incident: Incident) -> QuerySet[Handoff]:
    """Handoffs of its lead and lanes. A shift is between the two who pass it."""
    return (
        Handoff.objects.filter(incident=incident)
        .order_by(_waiting_first(state__in=PENDING), "-pk")
        .annotate(
            what=_text(Value("handoff")),
            key=F("pk"),
            said=_text(F("kind")),
            standing=_text(F("state")),
            role_asked=_text(Coalesce(F("lane__lane"), Value(""))),
            who=_text(F("receiver__name")),
            chose=_text(F("giver__name")),
            moment=Cast(F("ended_at"), DateTimeField()),
            until=Cast(F("due_at"), DateTimeField()),
            others=_text(F("rating")),
            began=Cast(F("asked_at"), DateTimeField()),
        )
    )


def _waiting_first(**condition: Any) -> Case:
    return Case(When(**condition, then=0), default=1, output_field=IntegerField())


def _text(expression: Any) -> Cast:
    """Both halves of the union must be of one type."""
    return Cast(expression, CharField())


def _sign_off(row: Row) -> Row:
    role = str(Role(row["role_asked"]).label) if row["role_asked"] else ""
    return row | {
        "whom": ", ".join(filter(None, (row["who"], role))),
        "tone": SIGN_OFF_TONES[row["standing"]],
        "label": SignOffState(row["standing"]).label,
        "is_asked": row["standing"] == SignOffState.ASKED,
        "url": reverse("incidents:sign_off", args=[row["key"]]),
    }


def _handoff(row: Row) -> Row:
    return row | {
        "of_what": str(Lane(row["role_asked"]).label) if row["role_asked"] else "",
        "tone": HANDOFF_TONES[row["standing"]],
        "label": HandoffState(row["standing"]).label,
        "is_offered": row["standing"] == HandoffState.OFFERED,
        "rating": Rating(row["others"]).label if row["others"] else "",
        "url": reverse("incidents:handoff", args=[row["key"]]),
    }


def _decision(row: Row, *, now: datetime) -> Row:
    stands = row["standing"] == DecisionState.STANDS
    return row | {
        "tone": DECISION_TONES[row["standing"]],
        "label": DecisionState(row["standing"]).label,
        "is_due": stands and row["until"] is not None and row["until"] <= now,
        "is_reversed": not stands,
    }
