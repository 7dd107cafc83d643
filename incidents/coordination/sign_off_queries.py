"""Reads of sign-offs: the queue of approvals, and the number beside it in the navigation."""

from typing import Any

from django.db.models import BooleanField, Case, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, When

from airp.accounts.models import User
from airp.web.paging import Page, Place, Segment, page
from incidents.coordination.sign_off import SignOff, SignOffVersion, asked_of
from incidents.coordination.sign_off_states import SignOffState, Silence
from incidents.response.models import Incident
from incidents.response.states import OPEN
from incidents.response.visibility import ExistsFor

ROWS = 20
SHOWN = 10
COLUMNS = (
    *("id", "number", "title", "why_now", "due_at", "silence", "role", "version", "digest", "unanswered_at"),
    *("person__name", "asked_by__name", "incident__reference", "incident__title", "is_mine", "content", "before"),
)
_VISIBLE = ExistsFor.SQL.format(
    visibility="i.visibility", lead="i.lead_id", declarer="i.declared_by_id", pk="i.id", system="i.system_id"
)
_OPEN = ", ".join(f"'{state.value}'" for state in sorted(OPEN))


def queue(user: User, *, after: Place | None = None, before: Place | None = None) -> Page:
    """What waits for an answer: this person's own first, each by deadline, with the words and those before them."""
    mine = Q(is_mine=True)
    walk = (Segment(mine, "due_at", is_descending=False), Segment(~mine, "due_at", is_descending=False))
    found = (
        SignOff.objects.visible_to(user)
        .waiting()
        .annotate(
            is_mine=Case(When(asked_of(user), then=True), default=False, output_field=BooleanField()),
            content=_words(0),
            before=_words(1),
        )
    )
    return page(found.values(*COLUMNS), walk, size=ROWS, after=after, before=before)


def sign_offs_of_the_page(user: User) -> QuerySet[SignOff]:
    """The sign-offs that exist for a person, with what their page shows, in one query."""
    related = ("incident", "person", "asked_by", "written_by", "answered_by")
    return SignOff.objects.visible_to(user).select_related(*related)


def newest_of(incident: Incident) -> list[SignOff]:
    """The sign-offs of an incident, those that wait first. One query."""
    found = SignOff.objects.filter(incident=incident).select_related("person", "asked_by", "answered_by")
    is_waiting = ExpressionWrapper(Q(state=SignOffState.ASKED), output_field=BooleanField())
    return list(found.annotate(is_waiting=is_waiting).order_by("-is_waiting", "due_at", "-number")[:SHOWN])


def tally_for(user: User) -> str:
    """SQL of how many answers this person owes, without parameters: part of the one query of the navigation."""
    person, roles = int(user.pk), ", ".join(f"'{role}'" for role in sorted(user.roles)) or "''"
    visible = _VISIBLE.replace("%s", str(person))
    stands_in = f"s.silence = '{Silence.MANAGER.value}' AND s.unanswered_at IS NOT NULL AND 'manager' IN ({roles})"
    return (
        "SELECT count(*) FROM incidents_signoff AS s JOIN incidents_incident AS i ON i.id = s.incident_id"  # noqa: S608
        f" WHERE s.state = '{SignOffState.ASKED.value}' AND i.state IN ({_OPEN}) AND {visible}"
        f" AND (s.person_id = {person} OR s.role IN ({roles}) OR ({stands_in}))"
        f" AND s.asked_by_id <> {person} AND s.written_by_id <> {person}"
    )


def _words(ago: int) -> Subquery:
    """The content of the current version, or of the one so many before it."""
    versions = SignOffVersion.objects.filter(sign_off=OuterRef("pk"), number=OuterRef("version") - ago)
    return Subquery(versions.values("content")[:1])


def contents_of(sign_off: SignOff) -> tuple[str, str | None]:
    """The current words and those before them. One query."""
    newest: list[Any] = list(sign_off.versions.order_by("-number").values_list("content", flat=True)[:2])
    return newest[0], newest[1] if len(newest) > 1 else None
