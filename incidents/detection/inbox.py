"""Breaches that wait for a decision, as the inbox of triage shows and decides them. Alerts of others are among them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.detection import wording
from incidents.detection.attaching import headline_of, title_of
from incidents.detection.breaches import Breach
from incidents.detection.choices import Metric
from incidents.detection.deciding import UNDECIDED, Decision
from incidents.detection.queries import sentence_of
from incidents.detection.verdicts import Verdict
from incidents.response.models import Incident
from incidents.systems.models import AISystem
from incidents.triage.queue import Acceptance, Draft, Row, Shown, Wanted
from incidents.triage.reasons import DeclineReason

VERDICTS = {
    DeclineReason.FALSE_ALARM: Verdict.FALSE_ALARM,
    DeclineReason.DUPLICATE: Verdict.DUPLICATE,
    DeclineReason.EXPECTED: Verdict.EXPECTED_CHANGE,
    DeclineReason.NOT_OURS: Verdict.OTHER,
    DeclineReason.SETTLED: Verdict.OTHER,
}
RELATED = ("threshold__system", "version__severity", "version__harm_kind", "incident")


class BreachItems:
    """`settings.INBOX` names it. Without an incident there is none that could hide a breach."""

    name = "breach"
    order = 1

    def waiting(self, wanted: Wanted) -> QuerySet[Breach]:
        decision = Decision.HOLD if wanted.is_snoozed else Decision.NONE
        # The condition of the index, then the decision.
        found = Breach.objects.filter(
            decision__in=["none", "hold"], incident__isnull=True, kind="live", band="act", decision_due_at__isnull=False
        ).filter(decision=decision)
        if wanted.kind:
            is_alert = Q(version__metric=Metric.ALERT)
            found = found.filter(
                is_alert if wanted.kind == "alert" else ~is_alert if wanted.kind == self.name else Q(pk__in=[])
            )
        if wanted.system:
            found = found.filter(threshold__system__slug=wanted.system)
        if wanted.severity:
            found = found.filter(version__severity__slug=wanted.severity)
        if wanted.whose:
            found = found.filter(threshold__owner=wanted.user)
        return found.annotate(due=F("decision_due_at"))

    def rows(self, ids: Sequence[int], *, user: User, levels: Sequence[SeverityLevel]) -> list[Row]:
        found = Breach.objects.visible_to(user).filter(pk__in=ids).select_related(*RELATED, "decided_by")
        return [_row(breach) for breach in found.annotate(told=Max("alerts__occurrence_count"))]

    def find(self, pk: int, *, user: User) -> Breach | None:
        return Breach.objects.visible_to(user).select_related(*RELATED, "threshold__owner").filter(pk=pk).first()

    def system_of(self, item: Breach) -> AISystem:
        return item.threshold.system

    def claim(self, item: Breach) -> str:
        """The verbs of a breach lock in an order of their own and refuse what is decided."""
        return ""

    def standing(self, item: Breach) -> dict[str, Any]:
        return item.standing

    def draft(self, item: Breach, *, levels: Sequence[SeverityLevel]) -> Draft:
        return Draft(
            title=headline_of(item),
            summary=title_of(item),
            system=item.threshold.system,
            severity=item.version.severity,
            harm_kind=item.version.harm_kind,
        )

    def accept(self, item: Breach, how: Acceptance, *, by: User, now: datetime) -> Incident:
        """An open incident of the same cause is joined instead."""
        return item.intervene(by=by, now=now, severity=how.severity, title=how.title)

    def attach(self, item: Breach, incident: Incident, *, by: User, now: datetime) -> None:
        item.intervene(by=by, now=now, incident=incident)

    def decline(self, item: Breach, why: DeclineReason, *, words: str, by: User, now: datetime) -> None:
        item.dismiss(verdict=VERDICTS[why], by=by, now=now, reason=words)

    def snooze(self, item: Breach, until: datetime, *, by: User, now: datetime) -> None:
        item.hold(until=until, by=by, now=now, reason=_("Put off in triage."))

    def take_back(self, item: Breach, before: Mapping[str, Any], *, by: User, now: datetime) -> None:
        item.take_back(before, by=by, now=now)

    def shown(self, item: Breach) -> Shown:
        context = {"breach": item, "title": title_of(item), "sentence": sentence_of(item.version)}
        return Shown("incidents/inbox_item.html#breach", context)


def _row(breach: Breach) -> Row:
    version, system = breach.version, breach.threshold.system
    is_alert = version.metric == Metric.ALERT
    return Row(
        pk=breach.pk,
        kind="alert" if is_alert else "breach",
        kind_label=_("Alert") if is_alert else _("Breach"),
        icon="bell" if is_alert else "gauge",
        title=title_of(breach),
        system_id=system.pk,
        system=system.name,
        level=version.severity,
        since=breach.started_at,
        due=breach.decision_due_at,
        harm_kind_id=version.harm_kind_id,
        harm_kind=version.harm_kind.name if version.harm_kind else "",
        figures=_figures(breach, is_alert=is_alert),
        mark=_("back under its limit") if breach.cleared_at else "",
        gone=_gone(breach),
        incident=breach.incident.reference if breach.incident else "",
    )


def _figures(breach: Breach, *, is_alert: bool) -> str:
    if is_alert:
        return _("told %(n)d times") % {"n": getattr(breach, "told", None) or 1}
    version = breach.version
    return wording.value(metric=version.metric, bad=breach.peak_bad, n=breach.peak_n, amount=breach.value)


def _gone(breach: Breach) -> str:
    if breach.incident is not None:
        return _("now in %(reference)s") % {"reference": breach.incident.reference}
    if breach.decision not in UNDECIDED:
        return breach.get_decision_display()
    return ""
