"""Who is meant by the names in a text, among those who may see the incident."""

from typing import Any

from incidents.response.mentions import Found, find, handles_of, has_names
from incidents.response.models import Incident
from incidents.response.readers import readers_of

MOST_OFFERED = 8


def named_in(text: str, incident: Incident) -> Found:
    """Reads nothing where the text has no name in it."""
    return find(text, _handles(incident)) if has_names(text) else Found()


def offered(incident: Incident, beginning: str) -> list[dict[str, Any]]:
    """At most eight people whose handle or name begins like this, for the list under the field."""
    names = dict(readers_of(incident).values_list("pk", "name"))
    wanted = beginning.casefold()
    found = [
        {"handle": handle, "name": names[pk]}
        for handle, pk in handles_of(names.items()).items()
        if any(part.startswith(wanted) for part in (handle, *handle.split("."), names[pk].casefold()))
    ]
    return found[:MOST_OFFERED]


def _handles(incident: Incident) -> dict[str, int]:
    return handles_of(readers_of(incident).values_list("pk", "name"))
