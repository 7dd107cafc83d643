"""Gates: what other packages hold against a move of an incident, each with its sentence and its cure.

The gates of each verb are named in `airp/reactions.py`; the incident itself knows none of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from airp.accounts.models import User
from incidents.response.refusals import HeldByGate
from incidents.response.states import Verb

if TYPE_CHECKING:
    from incidents.response.models import Incident


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that stands against a move: the sentence, and where it is settled."""

    sentence: str
    url: str = ""
    action: str = ""


def obstacles(incident: "Incident", verb: Verb, *, by: User) -> list[Obstacle]:
    """What still stands against the verb, as it is told to `by`."""
    return [each for gate in import_string(settings.GATES).get(verb, ()) for each in gate(incident, by=by)]


def check_gates(incident: "Incident", verb: Verb, *, by: User) -> None:
    """Raises HeldByGate with the sentence of every obstacle."""
    if missing := obstacles(incident, verb, by=by):
        raise HeldByGate(" ".join(each.sentence for each in missing))
