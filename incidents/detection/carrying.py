"""The breaches of a duplicate: carried to the incident that it is merged into, and brought back."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.audit.models import record
from incidents.detection.breaches import Breach
from incidents.response.kinds import Kind
from incidents.response.locking import claim
from incidents.response.mergers import Carried, Merger
from incidents.response.models import Incident
from incidents.response.timeline import Addition, append_all

NAME = "breaches"


def carry(duplicate: Incident, survivor: Incident, *, by: User, now: datetime) -> Carried:
    """All of them: what they measured belongs to the harm, wherever work on it goes on."""
    breaches = claim(Breach.objects.filter(incident=duplicate))
    _move(breaches, duplicate, survivor, act="breach.carried_over", by=by, now=now)
    return [{"breach": breach.pk} for breach in breaches]


def bring_back(carried: Carried, *, duplicate: Incident, survivor: Incident, by: User, now: datetime) -> None:
    """Those that were carried over, and what came to the survivor since only because of the duplicate's dedup key."""
    moved = {each["breach"] for each in carried}
    there = claim(Breach.objects.filter(incident=survivor).select_related("version", "threshold__system"))
    back = [breach for breach in there if breach.pk in moved or _is_of(breach, duplicate)]
    _move(back, survivor, duplicate, act="breach.brought_back", by=by, now=now)


def _is_of(breach: Breach, duplicate: Incident) -> bool:
    return bool(duplicate.dedup_key) and breach.version.dedup_key == duplicate.dedup_key


def _move(breaches: Iterable[Breach], source: Incident, target: Incident, *, act: str, by: User, now: datetime) -> None:
    found = list(breaches)
    Breach.objects.filter(pk__in=[breach.pk for breach in found]).update(incident=target)
    append_all([addition for breach in found for addition in _both(breach, source, target, by=by)], now=now)
    for breach in found:
        record(act=act, at=now, by=by, object_label=f"breach {breach.pk}", facts={"breach": breach.pk})


def _both(breach: Breach, source: Incident, target: Incident, *, by: User) -> list[Addition]:
    facts = {"breach": breach.pk, "threshold": breach.threshold_id, "origin": str(breach.origin)}
    return [
        Addition(source, Kind.BREACH_DETACHED, by, {"breach": breach.pk}),
        Addition(target, Kind.BREACH_ATTACHED, by, facts),
    ]


BREACHES = Merger(NAME, _("breaches"), carry, bring_back)
