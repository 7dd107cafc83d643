"""From what is told about a change to a mark in time. A mark opens nothing and asks nobody."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from incidents.detection.alert_texts import kept_facts, kept_text, kept_url
from incidents.detection.alerting import ALSO_NAMED_IN
from incidents.detection.change_markers import ChangeMarker
from incidents.detection.ingestion import Outcome, bounds_of
from incidents.detection.parsers.changes import Change
from incidents.detection.parsers.placing import plain_labels, system_of
from incidents.detection.parsers.reports import MAX_FACT, MAX_TITLE
from incidents.detection.parsers.signals import Bounds, Unacceptable
from incidents.detection.sources import SignalSource

OLDEST = timedelta(days=366)
RETRY_WITHIN = timedelta(minutes=5)


@transaction.atomic
def take_changes(
    source: SignalSource, changes: Iterable[tuple[int, Change]], outcome: Outcome, *, now: datetime
) -> None:
    """Keep each change, given with its place in the batch, and add to `outcome` what became of it."""
    told = list(changes)
    if source.is_self_test:
        outcome.tests += len(told)
        return
    # One batch of a source at a time: a second try waits for the first and finds what it left.
    SignalSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    bounds = bounds_of(source, now=now)
    for index, change in told:
        outcome.unknown_fields += change.unknown_fields
        try:
            is_new = _keep(source, change, bounds, now=now)
        except Unacceptable as error:
            outcome.refuse(index, error.code, error.detail, {"labels": dict(kept_facts(change.facts))})
        else:
            outcome.accepted += is_new
            outcome.duplicates += not is_new


def _keep(source: SignalSource, change: Change, bounds: Bounds, *, now: datetime) -> bool:
    """False for the same words at the same time; without a time of its own, for the same words within five minutes."""
    at = min(max(change.at or now, now - OLDEST), now)
    same = ChangeMarker.objects.filter(source=source, digest=change.digest)
    since = at if change.at else now - RETRY_WITHIN
    if same.between(since, at).exists():
        return False
    ChangeMarker.objects.create(
        source=source,
        system_id=_system_id(source, change, bounds),
        summary=kept_text(change.summary, MAX_TITLE),
        links=[[url, kept_text(text, MAX_FACT)] for href, text in change.links if (url := kept_url(href))],
        facts=[list(fact) for fact in kept_facts(change.facts)],
        happened_at=at,
        received_at=now,
        digest=change.digest,
    )
    return True


def _system_id(source: SignalSource, change: Change, bounds: Bounds) -> int | None:
    """The system that is named, else the only one of the source, else none. Raises Unacceptable for a wrong name."""
    if change.system:
        if change.system not in bounds.systems:
            raise Unacceptable("unknown_system", "this source does not report on a system of that name")
        return bounds.systems[change.system]
    naming = source.naming
    naming = replace(naming, system_from=(*naming.system_from, *ALSO_NAMED_IN))
    try:
        return system_of(naming, plain_labels(change.names), bounds)
    except Unacceptable:
        return source.system_id
