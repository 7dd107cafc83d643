"""Incidents with lanes, their consequences drawn as a worker draws them."""

from datetime import timedelta

from incidents.coordination import shipped
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lateness import late_lanes, note_lateness
from incidents.response.timeline import react_to_next
from tests.incidents import cases

MINUTE = timedelta(minutes=1)
DECLARED_BEFORE = 10 * MINUTE  # tests.incidents.cases declares ten minutes before now


def draw(*, now):
    """Every consequence that waits."""
    while react_to_next(now=now):
        pass


def incident(*, now, severity="SEV2", **given):
    """Declared by Tess ten minutes ago, with the shipped rules; consequences drawn."""
    cases.assistant()
    shipped.install()
    made = cases.incident(now=now, severity=severity, **given)
    draw(now=now)
    return made


def lane(incident, name):
    return IncidentLane.objects.get(incident=incident, lane=name)


def names(incident):
    return sorted(IncidentLane.objects.filter(incident=incident).values_list("lane", flat=True))


def sweep(*, now):
    noted = sum(note_lateness(pk, now=now) for pk in late_lanes(now=now, most=100))
    draw(now=now)
    return noted


def entries(incident, kind):
    return [entry.facts for entry in incident.timeline.filter(kind=kind).order_by("seq")]
