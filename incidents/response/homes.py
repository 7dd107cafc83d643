"""Where a cause belongs: the incident that a further breach of the same dedup key joins.

A duplicate that was merged leads on to the incident that took it over, so that nothing of its cause opens a second one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from incidents.response.locking import lock_incidents
from incidents.response.models import Incident


@dataclass(slots=True)
class Homes:
    """By dedup key: the open incident, and the one that ended last. All are locked, in the order of their ids."""

    open: dict[str, Incident] = field(default_factory=dict)
    ended: dict[str, Incident] = field(default_factory=dict)

    def of(self, key: str) -> Incident | None:
        return self.open.get(key)


def lock_homes(keys: Iterable[str]) -> Homes:
    """The homes of these keys. Whatever was merged while this waited for its locks is followed too."""
    wanted = {key for key in keys if key}
    if not wanted:
        return Homes()
    found = Incident.objects.filter(dedup_key__in=wanted).values_list("pk", "merged_into")
    locked = lock_incidents({pk for pair in found for pk in pair})
    while missing := {one.merged_into_id for one in locked.values()} - locked.keys() - {None}:
        locked |= lock_incidents(missing)
    homes = Homes()
    pairs = [(one, locked[one.merged_into_id] if one.merged_into_id else one) for one in locked.values()]
    for incident, home in sorted(pairs, key=_by_end):
        if incident.dedup_key in wanted:
            (homes.open if home.is_open else homes.ended)[incident.dedup_key] = home
    return homes


def _by_end(pair: tuple[Incident, Incident]) -> tuple[bool, datetime, int]:
    """The last one counts: of several homes the one that ended last, and an incident of the key itself at the end."""
    incident, home = pair
    return incident is home and home.is_open, home.closed_at or home.declared_at, home.pk
