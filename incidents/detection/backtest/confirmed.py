"""The incidents that a rule is held against: harm in a system that people confirmed.

Pages and kept results tell only of those that everybody may know of. Restricted ones come without any name: they are
counted where a change is weighed, so that nobody can lose one unseen.
"""

from datetime import datetime

from incidents.detection.backtest.outcome import Known
from incidents.detection.versions import ThresholdVersion
from incidents.response.models import Incident, IncidentKind
from incidents.response.states import State
from incidents.response.visibility import Visibility

MOST = 500


def confirmed_incidents(version: ThresholdVersion, *, since: datetime) -> list[Known]:
    """Triaged or further and not dismissed, oldest first; drills are none, and restricted ones have no name.

    One of another harm kind than the version names stands apart: it is no miss.
    """
    found = (
        Incident.objects.filter(system=version.threshold.system_id, kind=IncidentKind.LIVE, declared_at__gte=since)
        .exclude(state__in=[State.REPORTED, State.DISMISSED])
        .order_by("declared_at", "pk")[:MOST]
    )
    return [_known(incident, version.harm_kind_id) for incident in found]


def _known(incident: Incident, harm_kind_id: int | None) -> Known:
    is_another = harm_kind_id is not None and incident.harm_kind_id not in (None, harm_kind_id)
    is_hidden = incident.visibility != Visibility.NORMAL
    return Known(
        reference="" if is_hidden else incident.reference,
        title="" if is_hidden else incident.title,
        started_at=incident.started_at or incident.detected_at or incident.declared_at,
        ended_at=incident.contained_at or incident.resolved_at,
        stands_apart=is_another,
    )
