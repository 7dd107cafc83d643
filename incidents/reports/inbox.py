"""Reports by colleagues that nobody has looked at, as the inbox of triage shows and decides them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.reports.report import Report
from incidents.reports.states import State, Urgency
from incidents.response.declaring import Declaration
from incidents.response.models import Incident
from incidents.systems.models import AISystem
from incidents.triage.queue import Acceptance, Draft, Row, Shown, Wanted, likely, speaks_of
from incidents.triage.reasons import DeclineReason

EXCERPT = 120


class ReportItems:
    """`settings.INBOX` names it. A new report belongs to no incident that could hide it."""

    name = "report"
    order = 3

    def waiting(self, wanted: Wanted) -> QuerySet[Report]:
        found = Report.objects.filter(state=State.NEW)
        awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=wanted.now)
        found = found.filter(snoozed_until__gt=wanted.now) if wanted.is_snoozed else found.filter(awake)
        if wanted.kind and wanted.kind != self.name:
            found = found.filter(pk__in=[])
        if wanted.system:
            found = found.filter(system__slug=wanted.system)
        if wanted.severity:
            let_through = [each for each in Urgency if speaks_of(wanted, is_urgent=each == Urgency.URGENT)]
            found = found.filter(urgency__in=let_through)
        if wanted.whose:
            owned = Q(system__ownerships__person=wanted.user) | Q(system__ownerships__deputy=wanted.user)
            found = found.filter(pk__in=Report.objects.filter(owned, state=State.NEW).values("pk"))
        return found.annotate(due=F("respond_by"))

    def rows(self, ids: Sequence[int], *, user: User, levels: Sequence[SeverityLevel]) -> list[Row]:
        found = Report.objects.visible_to(user).filter(pk__in=ids).select_related("system", "harm_kind", "incident")
        return [_row(each, levels) for each in found]

    def find(self, pk: int, *, user: User) -> Report | None:
        related = ("system", "harm_kind", "incident", "reporter")
        found: Report | None = Report.objects.visible_to(user).select_related(*related).filter(pk=pk).first()
        return found

    def system_of(self, item: Report) -> AISystem:
        return item.system

    def claim(self, item: Report) -> str:
        """Two colleagues may press at the same moment: without this both declared an incident for it."""
        item.refresh_from_db(from_queryset=Report.objects.select_for_update(of=("self",)))
        return "" if item.state == State.NEW else _gone(item)

    def standing(self, item: Report) -> dict[str, Any]:
        return item.standing

    def draft(self, item: Report, *, levels: Sequence[SeverityLevel]) -> Draft:
        return Draft(
            title=_excerpt(item.text),
            summary=item.text,
            system=item.system,
            severity=likely(levels, is_urgent=item.is_urgent),
            harm_kind=item.harm_kind,
        )

    def accept(self, item: Report, how: Acceptance, *, by: User, now: datetime) -> Incident:
        declaration = Declaration(
            title=how.title,
            summary=how.summary,
            system=item.system,
            severity=how.severity,
            harm_kind=how.harm_kind,
            started_at=item.happened_at,
            # Whoever wrote had noticed it: not the decision in triage is when it was detected.
            detected_at=item.received_at,
            reported_at=item.received_at,
        )
        return item.accept(declaration, by=by, now=now)

    def attach(self, item: Report, incident: Incident, *, by: User, now: datetime) -> None:
        item.attach_to(incident, by=by, now=now)

    def decline(self, item: Report, why: DeclineReason, *, words: str, by: User, now: datetime) -> None:
        item.decline(why=why, by=by, now=now, words=words)

    def snooze(self, item: Report, until: datetime, *, by: User, now: datetime) -> None:
        item.snooze(until=until, by=by, now=now)

    def take_back(self, item: Report, before: Mapping[str, Any], *, by: User, now: datetime) -> None:
        item.take_back(before, by=by, now=now)

    def shown(self, item: Report) -> Shown:
        return Shown("incidents/inbox_item.html#report", {"report": item})


def _row(each: Report, levels: Sequence[SeverityLevel]) -> Row:
    return Row(
        pk=each.pk,
        kind="report",
        kind_label=_("Report"),
        icon="flag",
        title=_excerpt(each.text),
        system_id=each.system_id,
        system=each.system.name,
        level=likely(levels, is_urgent=each.is_urgent),
        since=each.received_at,
        due=each.snoozed_until or each.respond_by,
        harm_kind_id=each.harm_kind_id,
        harm_kind=each.harm_kind.name if each.harm_kind else "",
        figures=_("by a colleague"),
        mark=_("urgent") if each.is_urgent else "",
        gone="" if each.state == State.NEW else _gone(each),
        incident=each.incident.reference if each.incident else "",
    )


def _gone(each: Report) -> str:
    if each.incident is not None:
        return _("now in %(reference)s") % {"reference": each.incident.reference}
    return str(each.get_state_display())


def _excerpt(text: str) -> str:
    line = " ".join(text[: EXCERPT * 2].split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT].rstrip()}…"
