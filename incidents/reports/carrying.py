"""The reports of a duplicate: carried to the incident that it is merged into, and brought back."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.reports.report import Report
from incidents.response.locking import claim
from incidents.response.mergers import Carried, Merger
from incidents.response.models import Incident


def carry(duplicate: Incident, survivor: Incident, *, by: User, now: datetime) -> Carried:
    """All of them: whoever reported it wants to know what becomes of it."""
    reports = claim(Report.objects.filter(incident=duplicate))
    for report in reports:
        report.carry_to(survivor, by=by, now=now)
    return [{"report": report.pk} for report in reports]


def bring_back(carried: Carried, *, duplicate: Incident, survivor: Incident, by: User, now: datetime) -> None:
    """Those that are still there."""
    moved = [each["report"] for each in carried]
    for report in claim(Report.objects.filter(pk__in=moved, incident=survivor)):
        report.carry_to(duplicate, by=by, now=now)


REPORTS = Merger("reports", _("reports"), carry, bring_back)
