"""Declaring an incident, by a person or by a threshold: the policy is frozen and the clocks start."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web.rows import insert
from airp.web.visible import one_line
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.classification.taxonomies import in_order
from incidents.response.acting import check_possible
from incidents.response.assessing import Answered
from incidents.response.homes import lock_homes
from incidents.response.kinds import Kind
from incidents.response.models import Incident, IncidentKind, Origin
from incidents.response.refusals import NotPermitted
from incidents.response.states import State
from incidents.response.tagging import check_kind_is_said
from incidents.response.timeline import Addition, append_all
from incidents.response.visibility import Visibility
from incidents.systems.models import AISystem


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is known when an incident is declared."""

    title: str
    system: AISystem
    severity: SeverityLevel
    harm_kind: HarmKind | None = None
    summary: str = ""
    visibility: Visibility = Visibility.NORMAL
    kind: IncidentKind = IncidentKind.LIVE
    dedup_key: str = ""
    started_at: datetime | None = None
    detected_at: datetime | None = None
    reported_at: datetime | None = None
    # The answers behind the severity, where somebody gave them
    answered: Answered | None = None


@transaction.atomic
def declare(declaration: Declaration, *, by: User | None, now: datetime) -> Incident:
    """Open an incident. `by` None means that a threshold declares it.

    Raises NotPermitted, ImpossibleTime, ReasonMissing, or IntegrityError when an open incident already has the dedup
    key; use `declare_or_join` where several causes may race for one key.
    """
    if by is not None and not by.can(Capability.DECLARE):
        raise NotPermitted(_("Your roles do not allow declaring incidents."))
    if by is not None and declaration.harm_kind is not None:
        check_kind_is_said(declaration.harm_kind, declaration.summary)
    return _declare_all([declaration], by=by, now=now)[0]


@transaction.atomic
def declare_once(declaration: Declaration, *, by: User, now: datetime) -> tuple[Incident, bool]:
    """The incident that was declared with this dedup key, whatever became of it, and whether it was just now.

    For forms, whose key names one filling-in: sent twice, even at the same moment, it is one incident. Raises as
    `declare` does.
    """
    _lock([declaration.dedup_key])
    made = Incident.objects.filter(dedup_key=declaration.dedup_key).first()
    return (made, False) if made is not None else (declare(declaration, by=by, now=now), True)


@transaction.atomic
def declare_or_join(declaration: Declaration, *, now: datetime) -> tuple[Incident, bool]:
    """The open incident of the dedup key, or the one that took it over, locked, and whether it was declared just now.

    Racing callers get the same incident: a lock on the key decides who declares.
    """
    return declare_or_join_all([declaration], now=now)[0]


@transaction.atomic
def declare_or_join_all(declarations: Sequence[Declaration], *, now: datetime) -> list[tuple[Incident, bool]]:
    """The same for many at once, each with a key of its own. Keys are locked in their order."""
    if not declarations:
        return []
    keys = sorted(declaration.dedup_key for declaration in declarations)
    if not all(keys) or len(set(keys)) < len(keys):
        raise ValueError("declare_or_join needs a dedup key, and each only once")
    _lock(keys)
    present = lock_homes(keys).open
    fresh = [declaration for declaration in declarations if declaration.dedup_key not in present]
    made = {incident.dedup_key: incident for incident in _declare_all(fresh, by=None, now=now)}
    both, keys_in_order = present | made, [declaration.dedup_key for declaration in declarations]
    return [(both[key], key in made) for key in keys_in_order]


def _lock(keys: Sequence[str]) -> None:
    """Whoever comes second with a key waits until the first has committed. In the order given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS keys(key)", [list(keys)]
        )


def _declare_all(declarations: Sequence[Declaration], *, by: User | None, now: datetime) -> list[Incident]:
    """Incidents, their references and the first entries of their chains, in the order of the declarations."""
    if not declarations:
        return []
    for declaration in declarations:
        for at in (declaration.started_at, declaration.detected_at, declaration.reported_at):
            check_possible(at, now=now)
    policy, references = _frozen_policy(now), _next_references(len(declarations), now)
    drafts = [_draft(declaration, policy=deepcopy(policy), by=by, now=now) for declaration in declarations]
    for incident, reference in zip(drafts, references, strict=True):
        incident.set_clocks()
        incident.next_clock, incident.next_due_at = incident._next_clock()  # noqa: SLF001 - first computation
        incident.reference = reference
    incidents = insert(drafts)
    additions = [
        Addition(incident, Kind.DECLARED, by, _facts(declaration), declaration.summary)
        for incident, declaration in zip(incidents, declarations, strict=True)
    ]
    append_all(additions, now=now)
    for incident, declaration in zip(incidents, declarations, strict=True):
        if declaration.answered is not None:
            incident.record_assessment(declaration.answered, level=declaration.severity, by=by, now=now)
    return incidents


def _draft(declaration: Declaration, *, policy: dict[str, Any], by: User | None, now: datetime) -> Incident:
    return Incident(
        title=one_line(declaration.title),
        summary=declaration.summary,
        system=declaration.system,
        severity=declaration.severity,
        harm_kind=declaration.harm_kind,
        tags=in_order(declaration.harm_kind.tags) if declaration.harm_kind else [],
        visibility=declaration.visibility,
        kind=declaration.kind,
        origin=Origin.PERSON if by else Origin.THRESHOLD,
        dedup_key=declaration.dedup_key,
        state=State.REPORTED,
        declared_by=by,
        policy=policy,
        started_at=declaration.started_at,
        detected_at=declaration.detected_at or now,
        reported_at=declaration.reported_at or (now if by else None),
        declared_at=now,
        clocks_began_at=now,
    )


def _frozen_policy(now: datetime) -> dict[str, Any]:
    """The terms of every severity level as they are now."""
    levels = {level.slug: level.terms | {"id": level.pk} for level in SeverityLevel.objects.order_by("rank")}
    return {"levels": levels, "frozen_at": now.isoformat()}


def _facts(declaration: Declaration) -> dict[str, Any]:
    facts = {"severity": declaration.severity.slug, "system": declaration.system.slug}
    if declaration.harm_kind:
        facts["harm_kind"] = declaration.harm_kind.slug
    return facts


def _next_references(count: int, now: datetime) -> list[str]:
    """AIR-YYYY-NNNN, without gaps: the numbers are taken in the transaction that uses them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_referencecounter (year, last) VALUES (%s, %s)"
            " ON CONFLICT (year) DO UPDATE SET last = incidents_referencecounter.last + excluded.last RETURNING last",
            [now.year, count],
        )
        (last,) = cursor.fetchone()
    return [f"AIR-{now.year}-{number:04d}" for number in range(last - count + 1, last + 1)]
