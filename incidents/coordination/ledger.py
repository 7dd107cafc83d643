"""Sign-offs and decisions of an incident for its page: both in one query, as plain values."""

from datetime import datetime
from typing import Any

from django.db.models import CharField, DateTimeField, F, OuterRef, Subquery, Value
from django.db.models.aggregates import StringAgg
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.coordination.decision import Decision, Dissent
from incidents.coordination.decision_states import TONES as DECISION_TONES
from incidents.coordination.decision_states import DecisionState
from incidents.coordination.sign_off import SignOff
from incidents.coordination.sign_off_states import TONES as SIGN_OFF_TONES
from incidents.coordination.sign_off_states import SignOffState
from incidents.response.models import Incident

PANEL = "incidents/ledger.html#panel"
SHOWN = 20
COLUMNS = ("what", "key", "said", "standing", "role_asked", "who", "chose", "moment", "until", "others")
Row = dict[str, Any]


def ledger_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """What was asked and what was decided, with what is due. Nothing for an ended incident without either."""
    if not isinstance(request.user, User):
        return None
    rows = [dict(zip(COLUMNS, values, strict=True)) for values in _rows(incident)]
    may_write = incident.is_open and request.user.can(Capability.ANNOTATE)
    if not rows and not may_write:
        return None
    context = {
        "sign_offs": [_sign_off(row) for row in rows if row["what"] == "sign_off"],
        "decisions": [_decision(row, now=now) for row in rows if row["what"] == "decision"],
        "may_write": may_write,
        "incident": incident,
    }
    return {"template": PANEL, "context": context}


def _rows(incident: Incident) -> Any:
    """The newest of both, those of each kind in their order. One query."""
    asked = (
        SignOff.objects.filter(incident=incident)
        .order_by("-number")
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
        )
    )
    both = asked.values_list(*COLUMNS)[:SHOWN].union(decided.values_list(*COLUMNS)[:SHOWN], all=True)
    return both.order_by("what", "-key")


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
    }


def _decision(row: Row, *, now: datetime) -> Row:
    stands = row["standing"] == DecisionState.STANDS
    return row | {
        "tone": DECISION_TONES[row["standing"]],
        "label": DecisionState(row["standing"]).label,
        "is_due": stands and row["until"] is not None and row["until"] <= now,
        "is_reversed": not stands,
    }
