"""Where a threshold stood before the first window that changed: the state from which it is judged again."""

from datetime import datetime, timedelta

from incidents.detection.choices import Band
from incidents.detection.late.spans import MINUTE
from incidents.detection.states import Transition
from incidents.detection.step import ASIDE, BREACHING, Held, Status
from incidents.detection.thresholds import Threshold

REACH = timedelta(days=2)
MOST = 200
AT_REST = (Status.OK, Status.ARCHIVED)


def start_of(threshold: Threshold, *, before: datetime) -> tuple[datetime, Held]:
    """A moment at or before `before` (data time) and the state at it.

    Timers are not kept in the record of changes, so it goes back to where none ran: to ok. What has been firing for
    longer than two days is taken as firing.
    """
    rows = threshold.transitions.filter(group_key="", band=Band.ACT, judged_to__lte=before)
    found = list(rows.order_by("-judged_to", "-pk")[:MOST])
    if not found or found[0].status_after in AT_REST:
        return before, Held()
    for later, row in zip(found, found[1:], strict=False):
        if later.judged_to < before - REACH:
            break
        if row.status_after in AT_REST:
            return max(later.judged_to - MINUTE, before - REACH), Held()
    oldest = found[-1]
    if len(found) < MOST and oldest.status_before == Status.OK and oldest.judged_to >= before - REACH:
        return oldest.judged_to - MINUTE, Held()
    return before, Held(Status.FIRING) if _is_breaching(found) else Held()


def _is_breaching(newest_first: list[Transition]) -> bool:
    """What it was before data or evaluation went missing."""
    known = next((row.status_after for row in newest_first if row.status_after not in ASIDE), Status.OK)
    return known in BREACHING
