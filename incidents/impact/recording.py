"""Recording exposure: a new revision beside the old ones, an entry on the timeline, nothing changed in silence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.classification.figures import Figures
from incidents.impact.exposure import Concern, Exposure, ExposureWords
from incidents.response.acting import check_possible
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import EditConflict, ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.timeline import append

RECORD = Capability.ANNOTATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known now, as somebody says it."""

    figures: Figures
    grounds: str
    since: datetime | None = None
    until: datetime | None = None
    jurisdictions: Sequence[str] = ()
    minors: Concern = Concern.UNKNOWN
    characteristics: Sequence[str] = ()
    group: str = ""

    def check(self, *, now: datetime) -> None:
        """Raises ImpossibleTime or ReasonMissing."""
        for at in (self.since, self.until):
            check_possible(at, now=now)
        if self.since and self.until and self.until < self.since:
            raise ImpossibleTime(_("It cannot end before it began."))
        if not self.grounds.strip():
            raise ReasonMissing(_("what these numbers rest on"))


@transaction.atomic
def record_exposure(
    incident: Incident, *, known: Known, by: User, now: datetime, expected: int | None = None
) -> Exposure:
    """Add the next revision. `expected` is the newest one that `by` has seen, 0 for none.

    Possible in every state: what an incident did often becomes known after its end.
    Raises NotPermitted, EditConflict, ImpossibleTime or ReasonMissing.
    """
    locked = lock(incident, by=by, capability=RECORD)
    newest = locked.exposures.order_by("-number").values_list("number", flat=True).first() or 0
    if expected is not None and expected != newest:
        raise EditConflict(expected=expected, found=newest)
    known.check(now=now)
    group, grounds = known.group.strip(), known.grounds.strip()
    facts = {"revision": newest + 1, **known.figures.as_stored}
    words = "\n\n".join(filter(None, [group, grounds]))
    entry = append(locked, kind=Kind.EXPOSURE_RECORDED, by=by, now=now, facts=facts, text=words)
    exposure = Exposure.objects.create(
        incident=locked,
        number=newest + 1,
        entry=entry,
        since=known.since,
        until=known.until,
        jurisdictions=list(known.jurisdictions),
        minors=known.minors,
        characteristics=list(known.characteristics),
        at=now,
        by=by,
        **known.figures.as_stored,
    )
    ExposureWords.objects.create(exposure=exposure, group=group, grounds=grounds)
    return exposure


def lock(incident: Incident, *, by: User, capability: Capability) -> Incident:
    """The incident, locked until the transaction ends, if it exists for `by`. Raises NotPermitted."""
    visible = Incident.objects.visible_to(by).select_for_update(of=("self",))
    locked: Incident | None = visible.filter(pk=incident.pk).first() if by.can(capability) else None
    if locked is None:
        raise NotPermitted(_("Your roles do not allow this. Ask the lead or a manager."))
    return locked
