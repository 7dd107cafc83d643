"""What of lanes, sign-offs and handoffs is due first in each incident of a page of the board."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection

from incidents.coordination.handoffs.states import HandoffState
from incidents.coordination.lane_states import LaneState
from incidents.coordination.sign_off_states import SignOffState
from incidents.response.clocks import Clock, ClockName
from incidents.response.lanes import Lane
from incidents.response.states import OPEN

_OPEN = ", ".join(f"'{state.value}'" for state in sorted(OPEN))
# By hand: to build the same union from querysets takes Django ten times as long as PostgreSQL takes to answer it.
DUE = f"""
SELECT DISTINCT ON (incident_id) incident_id, what, lane, began_at, due_at FROM (
    SELECT incident_id, 'lane' AS what, lane, needed_at AS began_at, due_at FROM incidents_incidentlane
    WHERE incident_id = ANY(%(ids)s) AND state = '{LaneState.NOT_ENGAGED.value}' AND due_at IS NOT NULL
    UNION ALL
    SELECT incident_id, 'sign_off', '', asked_at, due_at FROM incidents_signoff
    WHERE incident_id = ANY(%(ids)s) AND state = '{SignOffState.ASKED.value}'
    UNION ALL
    SELECT incident_id, 'handoff', '', asked_at, due_at FROM incidents_handoff
    WHERE incident_id = ANY(%(ids)s) AND state = '{HandoffState.OFFERED.value}'
) AS promised
WHERE EXISTS (SELECT 1 FROM incidents_incident AS i WHERE i.id = incident_id AND i.state IN ({_OPEN}))
ORDER BY incident_id, due_at
"""  # noqa: S608 - constants of ours; the ids are a parameter


def next_promises(ids: Sequence[int]) -> Iterator[tuple[int, Clock]]:
    """Of incidents that the caller may show. One query."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"ids": list(ids)})
        rows: list[tuple[int, str, str, datetime, datetime]] = cursor.fetchall()
    for incident_id, what, lane, began_at, due_at in rows:
        about = str(Lane(lane).label).lower() if lane else ""
        yield incident_id, Clock(ClockName(what), began_at, due_at, about=about)
