"""Merging a duplicate into another incident, and taking that back: state, clocks and what hangs on it.

Nobody waits while both incidents are held: what is attached is claimed, and refused where somebody works on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.linking.link import Link
from incidents.linking.linking import close_link
from incidents.linking.merge import Merge
from incidents.response.kinds import Kind
from incidents.response.locking import lock_incidents
from incidents.response.mergers import mergers
from incidents.response.merging import CannotMerge, check_mergeable
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing, Refusal
from incidents.response.relations import Relation
from incidents.response.states import MOVES, Verb

REGRADED = (Kind.SEVERITY_RAISED, Kind.SEVERITY_LOWERED, Kind.SEVERITY_ASSESSED)


@dataclass(slots=True)
class Merged:
    """What became of a press: the merges, and why others were refused."""

    merges: list[Merge] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


@transaction.atomic
def merge_all(duplicates: Sequence[Incident], survivor: Incident, *, by: User, now: datetime, note: str = "") -> Merged:
    """Several into one. What is refused is told and stops no other."""
    lock_incidents([*(each.pk for each in duplicates), survivor.pk])
    done = Merged()
    for duplicate in sorted(duplicates, key=lambda each: each.pk):
        try:
            done.merges.append(merge(duplicate, survivor, by=by, now=now, note=note))
        except Refusal as refusal:
            done.refusals.append(str(refusal))
    return done


@transaction.atomic
def merge(duplicate: Incident, survivor: Incident, *, by: User, now: datetime, note: str = "") -> Merge:
    """Work on `duplicate` goes on in `survivor`; what is live on it is carried over.

    Raises CannotMerge, WrongState, NotPermitted or Busy.
    """
    duplicate, survivor = _locked(duplicate, survivor, by=by)
    duplicate.begin(Verb.MERGE, by=by)
    check_mergeable(duplicate, survivor)
    before = duplicate.standing
    carried = {one.name: one.carry(duplicate, survivor, by=by, now=now) for one in mergers()}
    duplicate.merge_into(survivor, by=by, now=now, note=note.strip())
    level_before, seq = _raise_to_the_worse(duplicate, survivor, by=by, now=now)
    return Merge.objects.create(
        duplicate=duplicate,
        survivor=survivor,
        link=_link(duplicate, survivor, by=by, now=now, note=note),
        by=by,
        at=now,
        before=before,
        carried=carried,
        severity_before=level_before,
        raised_seq=seq,
    )


@transaction.atomic
def unmerge(found: Merge, *, by: User, now: datetime, reason: str = "") -> Merge:
    """Both stand by themselves again. Whoever merged may take it back at once without a reason.

    Raises ReasonMissing, CannotMerge where something contradicts, AlreadyDone, NotPermitted or Busy.
    """
    duplicate, survivor = _locked(found.duplicate, found.survivor, by=by)
    undone = Merge.objects.select_for_update(of=("self",)).select_related("link").get(pk=found.pk)
    if not undone.is_open:
        raise AlreadyDone(_("This merge was taken back already."))
    is_slip = undone.is_just_made(by, now=now)
    if not is_slip and not reason.strip():
        raise ReasonMissing(_("why they are not the same"))
    duplicate.unmerge(undone.before, by=by, now=now, reason=reason.strip())
    for one in reversed(mergers()):
        carried = undone.carried.get(one.name, [])
        one.bring_back(carried, duplicate=duplicate, survivor=survivor, by=by, now=now)
    if is_slip or by.can(MOVES[Verb.LOWER_SEVERITY].capability):
        _lower_again(undone, survivor, by=by, now=now)
    _unlink(undone, by=by, now=now, reason=reason)
    undone.ended_at, undone.ended_by, undone.end_reason = now, by, reason.strip()
    undone.save(update_fields=["ended_at", "ended_by", "end_reason", "lowered_seq"])
    return undone


@transaction.atomic
def take_back(found: Merge, *, by: User, now: datetime) -> list[Merge]:
    """A press as a whole, by whoever made it, within its time: all or nothing. Raises what `unmerge` raises."""
    if not found.is_just_made(by, now=now):
        raise NotPermitted(
            _("Only whoever merged takes it back at once, and only for a while. Say why on the incident's page.")
        )
    together = Merge.objects.filter(by=by, at=found.at, survivor=found.survivor, ended_at__isnull=True)
    merges = list(together.select_related("duplicate", "survivor").order_by("pk"))
    if not merges:
        raise AlreadyDone(_("This merge was taken back already."))
    lock_incidents([found.survivor_id, *(each.duplicate_id for each in merges)])
    # The last one first: a severity that was raised twice goes back the same way.
    return [unmerge(each, by=by, now=now) for each in reversed(merges)]


def _locked(duplicate: Incident, survivor: Incident, *, by: User) -> tuple[Incident, Incident]:
    """Both as they are now, if both exist for the person."""
    ids = {duplicate.pk, survivor.pk}
    locked = lock_incidents(ids)
    if Incident.objects.visible_to(by).filter(pk__in=ids).count() < len(ids):
        raise CannotMerge(_("Choose an incident that you can see."))
    return locked[duplicate.pk], locked[survivor.pk]


def _raise_to_the_worse(duplicate: Incident, survivor: Incident, *, by: User, now: datetime) -> tuple[str, int]:
    """The survivor is as bad as the worse of the two. Returns its level before, and the place of the entry, if any."""
    if duplicate.terms["rank"] >= survivor.terms["rank"]:
        return "", 0
    before = survivor.severity_slug
    reason = _("What was merged into it is %(level)s.") % {"level": duplicate.severity_slug}
    level = SeverityLevel.objects.get(pk=duplicate.severity_id)
    return before, survivor.raise_severity(to=level, by=by, now=now, reason=reason).seq


def _lower_again(undone: Merge, survivor: Incident, *, by: User, now: datetime) -> None:
    """Back to the level that the merge raised, unless somebody graded it since."""
    level = SeverityLevel.objects.filter(slug=undone.severity_before).first()
    if level is None or survivor.severity_id != undone.duplicate.severity_id:
        return
    of_merges = Merge.objects.filter(survivor=survivor).values_list("raised_seq", "lowered_seq")
    since = survivor.timeline.filter(seq__gt=undone.raised_seq, kind__in=REGRADED)
    if since.exclude(seq__in={seq for pair in of_merges for seq in pair}).exists():
        return
    reason = _("It was raised for what was merged into it, and that was taken back.")
    undone.lowered_seq = survivor.regrade(level, kind=Kind.SEVERITY_LOWERED, by=by, now=now, reason=reason).seq


def _link(duplicate: Incident, survivor: Incident, *, by: User, now: datetime, note: str) -> Link:
    """The link that stands for the merge: one that people made before, or a new one. Its entries are the merge's."""
    same = Link.objects.select_for_update(of=("self",)).open().of(duplicate).of(survivor)
    present = same.filter(relation=Relation.DUPLICATE).first()
    if present is not None and present.source_id == duplicate.pk:
        return present
    if present is not None:
        present.source, present.target = survivor, duplicate
        close_link(present, by=by, now=now, reason=_("They were merged the other way round."))
    return Link.objects.create(
        relation=Relation.DUPLICATE, source=duplicate, target=survivor, by=by, at=now, reason=note.strip()
    )


def _unlink(undone: Merge, *, by: User, now: datetime, reason: str) -> None:
    """The link ends with the merge that made it; one that people made before stays."""
    if undone.link.at == undone.at and undone.link.is_open:
        made = undone.link
        made.ended_at, made.ended_by, made.end_reason = now, by, reason.strip()
        made.save(update_fields=["ended_at", "ended_by", "end_reason"])
