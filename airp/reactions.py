"""Every consequence of every event, on one page.

REACTIONS maps a kind of timeline entry to the functions that turn it into work after the commit. They run in
the transaction that removes the waiting row, so each entry has its consequences exactly once.
"""

from typing import Any

REACTIONS: dict[str, tuple[Any, ...]] = {}
CLOSING_GATES: tuple[Any, ...] = ()
# Parts of the incident page: (request, incident, now) -> {"template": "page.html#part", "context": {...}}.
INCIDENT_PANELS: tuple[Any, ...] = ()
PAGE_FRAME: tuple[Any, ...] = ()
# Called with now=; each returns (name, whether it is well, a sentence). See airp/health.py.
READINESS: tuple[Any, ...] = ()
