"""Linking two incidents and ending a link: both are locked, and both records say it."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.linking.link import Link
from incidents.linking.refusals import CannotLink, LinkInWrongState
from incidents.response.kinds import Kind
from incidents.response.locking import lock_incidents
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing
from incidents.response.relations import Relation, Side
from incidents.response.timeline import Addition, append_all

LINK = Capability.ANNOTATE
# One tree at a time: what several people add together must not close a ring.
_ONE_TREE = "incidents/parents"
_ANCESTORS = """
WITH RECURSIVE above(id) AS (
    SELECT %s::bigint
    UNION
    SELECT link.target_id FROM incidents_link AS link JOIN above ON link.source_id = above.id
     WHERE link.relation = 'parent' AND link.ended_at IS NULL
)
SELECT %s IN (SELECT id FROM above)
"""


@transaction.atomic
def link(
    relation: Relation, source: Incident, target: Incident, *, by: User | None, now: datetime, reason: str = ""
) -> Link:
    """Say how `source` belongs to `target`. `by` None is the machine.

    Raises NotPermitted, CannotLink, or AlreadyDone where this is said already.
    """
    if by is not None:
        _check_may_link(source, target, by=by)
    if source.pk == target.pk:
        raise CannotLink(_("An incident cannot be linked to itself. Choose another one."))
    if relation == Relation.RELATED and source.pk < target.pk:
        source, target = target, source
    locked = lock_incidents([source.pk, target.pk])
    source, target = locked[source.pk], locked[target.pk]
    _check_new(relation, source, target)
    made = Link.objects.create(relation=relation, source=source, target=target, by=by, at=now, reason=reason.strip())
    say_both(Kind.LINKED, made, by=by, now=now, text=reason.strip())
    return made


@transaction.atomic
def end_link(found: Link, *, by: User, now: datetime, reason: str) -> Link:
    """It was wrong, or is no longer so. It stays as history. Raises LinkInWrongState or ReasonMissing."""
    locked = lock_incidents([found.source_id, found.target_id])
    ended = Link.objects.select_for_update(of=("self",)).get(pk=found.pk)
    ended.source, ended.target = locked[found.source_id], locked[found.target_id]
    _check_may_link(ended.source, ended.target, by=by)
    if not ended.is_open:
        raise LinkInWrongState(_("This link has ended already."))
    if ended.merges.filter(ended_at__isnull=True).exists():
        raise LinkInWrongState(
            _("This link stands for a merge. Take the merge back on the page of %(duplicate)s.")
            % {"duplicate": ended.source.reference}
        )
    if not reason.strip():
        raise ReasonMissing(_("why they do not belong together in this way"))
    return close_link(ended, by=by, now=now, reason=reason)


def close_link(ended: Link, *, by: User, now: datetime, reason: str) -> Link:
    """Write the end of a locked link, in the caller's transaction."""
    ended.ended_at, ended.ended_by, ended.end_reason = now, by, reason.strip()
    ended.save(update_fields=["ended_at", "ended_by", "end_reason"])
    say_both(Kind.LINK_ENDED, ended, by=by, now=now, text=reason.strip())
    return ended


def say_both(kind: Kind, said: Link, *, by: User | None, now: datetime, text: str) -> None:
    """An entry on both incidents, each from its own side."""
    sides = ((said.source, said.target, Side.SOURCE), (said.target, said.source, Side.TARGET))
    facts = {"link": said.pk, "relation": str(said.relation)}
    append_all(
        [
            Addition(incident, kind, by, facts | {"side": side.value, "other": other.pk}, text)
            for incident, other, side in sides
        ],
        now=now,
    )


def _check_may_link(source: Incident, target: Incident, *, by: User) -> None:
    if not by.can(LINK):
        raise NotPermitted(_("Your roles do not allow linking incidents. Ask the lead."))
    if Incident.objects.visible_to(by).filter(pk__in={source.pk, target.pk}).count() < len({source.pk, target.pk}):
        raise CannotLink(_("Choose an incident that you can see."))


def _check_new(relation: Relation, source: Incident, target: Incident) -> None:
    names = {"source": source.reference, "target": target.reference}
    same = Link.objects.open().of(source).of(target).filter(relation=relation)
    if same.exists():
        raise AlreadyDone(_("%(source)s and %(target)s are linked in this way already.") % names)
    if relation == Relation.PARENT:
        _check_parent(source, target)


def _check_parent(child: Incident, parent: Incident) -> None:
    """A part belongs to one whole, and no whole is a part of its own parts."""
    names = {"child": child.reference, "parent": parent.reference}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_ONE_TREE])
        cursor.execute(_ANCESTORS, [parent.pk, child.pk])
        (is_ring,) = cursor.fetchone()
    if is_ring:
        raise CannotLink(_("%(parent)s is itself a part of %(child)s, directly or through others.") % names)
    if Link.objects.open().filter(source=child, relation=Relation.PARENT).exists():
        raise CannotLink(_("%(child)s is a part of another incident already. End that link first.") % names)
