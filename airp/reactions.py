"""Every consequence of every event, on one page.

REACTIONS maps a kind of timeline entry to the functions that turn it into work after the commit. They run in
the transaction that removes the waiting row, so each entry has its consequences exactly once.
"""

from typing import Any

from incidents.response.kinds import Kind
from reviews.postmortem.gate import review_is_settled
from reviews.postmortem.opening import open_demanded_review, take_back_review
from reviews.postmortem.panel import review_counts, review_panel

REACTIONS: dict[str, tuple[Any, ...]] = {
    Kind.RESOLVED: (open_demanded_review,),
    Kind.SEVERITY_RAISED: (open_demanded_review,),
    Kind.REOPENED: (take_back_review,),
}
CLOSING_GATES: tuple[Any, ...] = (review_is_settled,)
PAGE_FRAME: tuple[Any, ...] = (review_counts,)
# Called with (request, incident, now=); each returns a template with its context, or None.
INCIDENT_PANELS: tuple[Any, ...] = (review_panel,)
# Called with now=; each returns (name, whether it is well, a sentence). See airp/health.py.
READINESS: tuple[Any, ...] = ()
