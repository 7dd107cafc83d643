"""Complaints that nobody has looked at, as the inbox of triage shows and decides them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.complaints.complaint import Complaint
from incidents.complaints.queries import excerpt
from incidents.complaints.states import CloseReason, State
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.systems.models import AISystem
from incidents.triage.queue import Acceptance, Draft, Row, Shown, Wanted, likely, speaks_of
from incidents.triage.reasons import DeclineReason

REASONS = {
    DeclineReason.FALSE_ALARM: CloseReason.UNFOUNDED,
    DeclineReason.DUPLICATE: CloseReason.DUPLICATE,
    DeclineReason.EXPECTED: CloseReason.UNFOUNDED,
    DeclineReason.NOT_OURS: CloseReason.NOT_OURS,
    DeclineReason.SETTLED: CloseReason.SETTLED,
}
PRIORITY = ~Q(priority_contact="")


class ComplaintItems:
    """`settings.INBOX` names it. A new complaint belongs to no incident that could hide it."""

    name = "complaint"
    order = 2

    def waiting(self, wanted: Wanted) -> QuerySet[Complaint]:
        found = Complaint.objects.filter(state=State.NEW)
        awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=wanted.now)
        found = found.filter(snoozed_until__gt=wanted.now) if wanted.is_snoozed else found.filter(awake)
        if wanted.kind and wanted.kind != self.name:
            return found.filter(pk__in=[]).annotate(due=F("respond_by"))
        if wanted.system:
            found = found.filter(system__slug=wanted.system)
        if wanted.severity:
            levels = [(PRIORITY, True), (~PRIORITY, False)]
            sides = [side for side, is_urgent in levels if speaks_of(wanted, is_urgent=is_urgent)]
            found = found.filter(sides[0] if len(sides) == 1 else Q() if sides else Q(pk__in=[]))
        if wanted.whose:
            owned = Q(system__ownerships__person=wanted.user) | Q(system__ownerships__deputy=wanted.user)
            found = found.filter(pk__in=Complaint.objects.filter(owned, state=State.NEW).values("pk"))
        return found.filter(respond_by__isnull=False).annotate(due=F("respond_by"))

    def rows(self, ids: Sequence[int], *, user: User, levels: Sequence[SeverityLevel]) -> list[Row]:
        related = ("system", "harm_kind", "incident")
        found = list(Complaint.objects.visible_to(user).filter(pk__in=ids).select_related(*related))
        alike = _alike(found)
        return [_row(each, levels, alike.get((each.system_id, each.category), (1, 1))) for each in found]

    def find(self, pk: int, *, user: User) -> Complaint | None:
        related = ("system", "harm_kind", "incident", "source")
        found: Complaint | None = Complaint.objects.visible_to(user).select_related(*related).filter(pk=pk).first()
        return found

    def system_of(self, item: Complaint) -> AISystem:
        return item.system

    def claim(self, item: Complaint) -> str:
        """Two colleagues may press at the same moment: without this both declared an incident for it."""
        item.refresh_from_db(from_queryset=Complaint.objects.select_for_update(of=("self",)))
        return "" if item.state == State.NEW else _gone(item)

    def standing(self, item: Complaint) -> dict[str, Any]:
        return item.standing

    def draft(self, item: Complaint, *, levels: Sequence[SeverityLevel]) -> Draft:
        return Draft(
            title=excerpt(item.text),
            summary=item.text,
            system=item.system,
            severity=likely(levels, is_urgent=bool(item.priority_contact)),
            harm_kind=item.harm_kind,
        )

    @transaction.atomic
    def accept(self, item: Complaint, how: Acceptance, *, by: User, now: datetime) -> Incident:
        declaration = Declaration(
            title=how.title,
            summary=how.summary,
            system=item.system,
            severity=how.severity,
            harm_kind=how.harm_kind,
            # Whoever wrote had noticed it: not the decision in triage is when it was detected.
            detected_at=item.received_at,
            reported_at=item.received_at,
        )
        incident = declare(declaration, by=by, now=now)
        item.attach_to_incident(incident, by=by, now=now)
        return incident

    def attach(self, item: Complaint, incident: Incident, *, by: User, now: datetime) -> None:
        item.attach_to_incident(incident, by=by, now=now)

    def decline(self, item: Complaint, why: DeclineReason, *, words: str, by: User, now: datetime) -> None:
        item.close(why=REASONS[why], by=by, now=now, reason=words)

    def snooze(self, item: Complaint, until: datetime, *, by: User, now: datetime) -> None:
        item.snooze(until=until, by=by, now=now)

    def take_back(self, item: Complaint, before: Mapping[str, Any], *, by: User, now: datetime) -> None:
        item.take_back(before, by=by, now=now)

    def shown(self, item: Complaint) -> Shown:
        return Shown("incidents/inbox_item.html#complaint", {"complaint": item})


def _alike(found: Sequence[Complaint]) -> dict[tuple[int, str], tuple[int, int]]:
    """Of each system and category on the page: how many wait, from how many people. One query."""
    kinds = {(each.system_id, each.category) for each in found}
    if not kinds:
        return {}
    same = Q()
    for system_id, category in kinds:
        same |= Q(system=system_id, category=category)
    counted = Complaint.objects.filter(same, state=State.NEW).order_by().values_list("system", "category")
    unnamed, named = Count("pk", filter=Q(person="")), Count("person", distinct=True, filter=~Q(person=""))
    figures = counted.annotate(reports=Count("pk"), people=unnamed + named)
    return {(system, category): (reports, people) for system, category, reports, people in figures}


def _row(each: Complaint, levels: Sequence[SeverityLevel], alike: tuple[int, int]) -> Row:
    reports, people = alike
    words = ngettext("%(n)d complaint", "%(n)d alike", reports) % {"n": reports}
    by = ngettext("%(n)d person", "%(n)d people", people) % {"n": people}
    return Row(
        pk=each.pk,
        kind="complaint",
        kind_label=_("Complaint"),
        icon="message-square",
        title=excerpt(each.text) or _("A complaint without text"),
        system_id=each.system_id,
        system=each.system.name,
        level=likely(levels, is_urgent=bool(each.priority_contact)),
        since=each.received_at,
        due=each.snoozed_until or each.respond_by,
        harm_kind_id=each.harm_kind_id,
        harm_kind=each.harm_kind.name if each.harm_kind else each.category,
        figures=f"{words}, {by}" if reports > 1 else words,
        mark=each.get_priority_contact_display() if each.priority_contact else "",
        gone="" if each.state == State.NEW else _gone(each),
        incident=each.incident.reference if each.incident else "",
    )


def _gone(each: Complaint) -> str:
    if each.incident is not None:
        return _("now in %(reference)s") % {"reference": each.incident.reference}
    return str(each.get_state_display())
