"""Sign-offs, decisions and handoffs of an incident for its page: all in one query, as plain values."""

from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, DateTimeField, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.aggregates import StringAgg
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from airp.web.folds import Fold
from incidents.coordination.decision import Decision, Dissent
from incidents.coordination.decision_states import TONES as DECISION_TONES
from incidents.coordination.decision_states import DecisionState
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.states import PENDING, HandoffState, Rating
from incidents.coordination.handoffs.states import TONES as HANDOFF_TONES
from incidents.coordination.sign_off import SignOff, asked_of
from incidents.coordination.sign_off_states import TONES as SIGN_OFF_TONES
from incidents.coordination.sign_off_states import SignOffState
from incidents.response.clocks import Clock, ClockName
from incidents.response.lanes import Lane
from incidents.response.models import Incident
from incidents.response.presence import may_have, rows_of
from incidents.response.work import WorkItem, WorkKind

PANEL = "incidents/ledger.html#panel"
SHOWN = 20
# For the page of an incident: incidents/response/presence.py
HAS_LEDGER = f"({rows_of('incidents_signoff')} OR {rows_of('incidents_decision')} OR {rows_of('incidents_handoff')})"
HANDOFFS_SHOWN = 5
COLUMNS = (
    "what",
    "key",
    "said",
    "standing",
    "role_asked",
    "who",
    "chose",
    "moment",
    "until",
    "others",
    "began",
    "whose",
)
Row = dict[str, Any]


def ledger_panel(request: HttpRequest, incident: Incident, *, now: datetime) -> dict[str, Any] | None:
    """What was asked, decided and offered, with what is due. Nothing for an ended incident without any."""
    if not isinstance(request.user, User):
        return None
    found = _rows(incident, request.user) if may_have(incident, "ledger") else ()
    rows = [dict(zip(COLUMNS, values, strict=True)) for values in found]
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
    return {
        "template": PANEL,
        "context": context,
        "fold": _fold(context, now=now),
        "clocks": clocks,
        "owed": _owed(context, request.user) if incident.is_open else [],
    }


def _fold(context: Row, *, now: datetime) -> Fold:
    """What waits for an answer is counted; an answer that is overdue opens the part."""
    waiting = [row for row in context["sign_offs"] if row["is_asked"]]
    waiting += [row for row in context["handoffs"] if row["is_offered"]]
    again = sum(row["is_due"] for row in context["decisions"])
    late = sum(row["until"] < now for row in waiting)
    mark, tone = "", "info"
    if late:
        mark, tone = ngettext("%(n)d answer overdue", "%(n)d answers overdue", late) % {"n": late}, "critical"
    elif waiting or again:
        n = len(waiting) + again
        mark, tone = ngettext("%(n)d waits", "%(n)d wait", n) % {"n": n}, "moderate"
    all_rows = len(context["sign_offs"]) + len(context["handoffs"]) + len(context["decisions"])
    starts = "open" if late else "shut"
    return Fold(name="sign-offs", title=_("Sign-offs"), count=all_rows or None, mark=mark, tone=tone, starts=starts)


def _owed(context: Row, person: User) -> list[WorkItem]:
    """Answers that this person owes: approvals of theirs or of a role they hold, handoffs offered to them."""
    asked = [
        _work(row, WorkKind.SIGN_OFF, _("Approve or return: %(what)s") % {"what": row["said"]})
        for row in context["sign_offs"]
        if row["is_asked"] and row["whose"] == person.pk
    ]
    offered = [
        _work(row, WorkKind.HANDOFF, _handoff_owed(row)) for row in context["handoffs"] if row["whose"] == person.pk
    ]
    again = [
        _work(row | {"url": reverse("incidents:decision", args=[row["key"]])}, WorkKind.REVISIT, row["said"])
        for row in context["decisions"]
        if row["is_due"] and row["whose"] == person.pk
    ]
    return [*offered, *asked, *again]


def _handoff_owed(row: Row) -> str:
    what = row["of_what"] or _("the lead")
    if row["is_offered"]:
        return _("Accept or return the handoff of %(what)s from %(name)s") % {"what": what, "name": row["chose"]}
    return _("Your handoff of %(what)s came back: say what is missing") % {"what": what}


def _work(row: Row, kind: WorkKind, title: str) -> WorkItem:
    return WorkItem(kind=kind, pk=row["key"], title=title, url=row["url"], due_at=row["until"], tone=row["tone"])


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


def _rows(incident: Incident, person: User) -> Any:
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
            whose=Case(When(asked_of(person), then=Value(person.pk)), output_field=IntegerField()),
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
            whose=Cast(F("decider_id"), IntegerField()),
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
            whose=Case(
                When(state=HandoffState.OFFERED, then=F("receiver_id")),
                When(state=HandoffState.RETURNED, then=F("giver_id")),
                output_field=IntegerField(),
            ),
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
