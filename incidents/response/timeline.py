"""The timeline: what happened to an incident, in order, unalterable, and the queue of what follows from it.

`append` writes an entry, its link in the incident's hash chain and a waiting reaction in the caller's
transaction. After the commit the waiting row is turned into work by the functions that `airp/reactions.py`
names for the kind, and the row is deleted in the transaction of that work. If no worker ever runs, the row
waits: the sweep finds it later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pgtrigger
import structlog
from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.audit.chain import commit_to, new_salt
from airp.audit.models import ChainHead, append_only
from airp.web.rows import insert
from airp.web.wake import wake
from incidents.response.kinds import Kind, Occasion

if TYPE_CHECKING:
    from incidents.response.models import Incident

log = structlog.get_logger(__name__)
GIVE_UP_AFTER = 3
RETRY_AFTER = timedelta(seconds=30)
REACT_TASK = "incidents.react"


def stream_of(incident_id: int) -> str:
    """The name of an incident's hash chain."""
    return f"incident/{incident_id}"


class TimelineEntry(models.Model):
    """One immutable record. `facts` holds ids, slugs and times; people's words live in `TimelineText`."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="timeline")
    seq = models.PositiveIntegerField()
    kind = models.CharField(_("kind"), max_length=40)
    happened_at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    facts = models.JSONField(default=dict)
    text_commitment = models.CharField(max_length=64, blank=True)
    state_after = models.CharField(max_length=12)
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")
        constraints = [
            models.UniqueConstraint(fields=["incident", "seq"], name="one_timeline_entry_per_place"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.kind} ({stream_of(self.incident_id)}#{self.seq})"

    @property
    def body(self) -> dict[str, Any]:
        """What the hash covers."""
        return entry_body(
            kind=self.kind,
            happened_at=self.happened_at,
            actor_id=self.actor_id,
            facts=self.facts,
            text_commitment=self.text_commitment,
            state_after=self.state_after,
        )

    @property
    def words(self) -> str:
        """The text of the entry, empty when it has none or when it was erased."""
        text: TimelineText | None = getattr(self, "text", None)
        return text.value if text else ""


class TimelineText(models.Model):
    """The words of an entry, apart from it, so that erasing them leaves the chain whole."""

    entry = models.OneToOneField(TimelineEntry, on_delete=models.PROTECT, primary_key=True, related_name="text")
    salt = models.BinaryField(max_length=16)
    value = models.TextField()

    class Meta:
        triggers = [pgtrigger.Protect(name="no_rewrite", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"text of entry {self.entry_id}"


class PendingReaction(models.Model):
    """A fact whose consequences have not been drawn yet. Deleted in the transaction that draws them."""

    kind = models.CharField(max_length=40)
    entry = models.OneToOneField(TimelineEntry, on_delete=models.PROTECT, null=True, related_name="pending")
    facts = models.JSONField(default=dict)
    noted_at = models.DateTimeField()
    due_at = models.DateTimeField()
    failed_count = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            # claimed by `react_to_next`
            models.Index(
                fields=["due_at", "id"],
                name="pending_reactions_due",
                condition=models.Q(failed_count__lt=GIVE_UP_AFTER),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} noted {self.noted_at:%Y-%m-%d %H:%M:%S}"


def entry_body(
    *,
    kind: str,
    happened_at: datetime,
    actor_id: int | None,
    facts: Mapping[str, Any],
    text_commitment: str,
    state_after: str,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "at": happened_at.astimezone(UTC).isoformat(),
        "actor": actor_id,
        "facts": dict(facts),
        "text": text_commitment,
        "state": state_after,
    }


@dataclass(frozen=True, slots=True)
class Addition:
    """What is to be said about an incident, and by whom; `by` None means the machine."""

    incident: "Incident"
    kind: Kind
    by: User | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


def append(
    incident: "Incident",
    *,
    kind: Kind,
    now: datetime,
    by: User | None,
    facts: Mapping[str, Any] | None = None,
    text: str = "",
) -> TimelineEntry:
    """Add an entry to the incident's chain, in the caller's transaction, and queue its consequences.

    `by` None means the machine. `facts` must have a canonical form (`airp.audit.chain`): no floats, times as
    ISO text. `text` is people's words; only a salted commitment to it enters the chain.
    """
    return append_all([Addition(incident, kind, by, facts or {}, text)], now=now)[0]


def append_all(additions: Sequence[Addition], *, now: datetime) -> list[TimelineEntry]:
    """The same for many at once, in this order: all their chains are locked and lengthened together."""
    if not additions:
        return []
    salts = [new_salt() for _addition in additions]
    bodies = [_body(addition, salt, now=now) for addition, salt in zip(additions, salts, strict=True)]
    streams = [stream_of(addition.incident.pk) for addition in additions]
    links = ChainHead.extend_all([(stream, entry_body(**body)) for stream, body in zip(streams, bodies, strict=True)])
    entries = insert(
        TimelineEntry(incident=addition.incident, seq=link.seq, prev_hash=link.prev_hash, hash=link.hash, **body)
        for addition, link, body in zip(additions, links, bodies, strict=True)
    )
    words = [
        TimelineText(entry=entry, salt=salt, value=addition.text)
        for addition, salt, entry in zip(additions, salts, entries, strict=True)
        if addition.text
    ]
    for text in insert(words):
        text.entry.text = text
    _queue([(entry.kind, entry, {}) for entry in entries], now=now)
    return entries


def _body(addition: Addition, salt: bytes, *, now: datetime) -> dict[str, Any]:
    return {
        "kind": addition.kind.value,
        "happened_at": now,
        "actor_id": addition.by.pk if addition.by else None,
        "facts": dict(addition.facts),
        "text_commitment": commit_to(addition.text, salt) if addition.text else "",
        "state_after": addition.incident.state,
    }


def announce(occasion: Occasion, *, facts: Mapping[str, Any], now: datetime) -> None:
    """Queue the consequences of something that belongs to no incident, such as a breach awaiting a decision."""
    announce_all(occasion, facts=[facts], now=now)


def announce_all(occasion: Occasion, *, facts: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """The same for many of a kind at once."""
    _queue([(occasion.value, None, each) for each in facts], now=now)


def _queue(waiting: Iterable[tuple[str, TimelineEntry | None, Mapping[str, Any]]], *, now: datetime) -> None:
    """Facts of kinds that have consequences wait for whoever draws them."""
    known = reactions()
    pending = [
        PendingReaction(kind=kind, entry=entry, facts=dict(facts), noted_at=now, due_at=now)
        for kind, entry, facts in waiting
        if kind in known
    ]
    if pending:
        insert(pending)
        wake(REACT_TASK)


def reactions() -> dict[str, tuple[Any, ...]]:
    """Kind -> functions `(pending, *, now)`, from the page that `settings.TIMELINE_REACTIONS` names."""
    table: dict[str, tuple[Any, ...]] = import_string(settings.TIMELINE_REACTIONS)
    return table


def react_to_next(*, now: datetime) -> bool:
    """Draw the consequences of the oldest waiting fact. False when none is due.

    When nobody has one in hand either, a burst is over: then `AFTERWARDS` puts together what came of it.
    """
    if _draw_next(now=now):
        return True
    if not PendingReaction.objects.filter(due_at__lte=now, failed_count__lt=GIVE_UP_AFTER).exists():
        for put_together in import_string(settings.AFTERWARDS):
            put_together(now=now)
    return False


def _draw_next(*, now: datetime) -> bool:
    """One fact, locked and drawn.

    A fact whose consequences raise is set aside for half a minute and given up after three tries; it stays
    visible as stuck, and its neighbours go on.
    """
    with transaction.atomic():
        pending = (
            PendingReaction.objects.select_for_update(skip_locked=True)
            .filter(due_at__lte=now, failed_count__lt=GIVE_UP_AFTER)
            .order_by("due_at", "id")
            .first()
        )
        if pending is None:
            return False
        try:
            with transaction.atomic():
                for react in reactions().get(pending.kind, ()):
                    react(pending, now=now)
                pending.delete()
        except Exception as error:
            log.exception("reaction_failed", kind=pending.kind)
            pending.failed_count += 1
            pending.due_at = now + RETRY_AFTER
            pending.error = f"{type(error).__name__}: {error}"[:200]
            pending.save(update_fields=["failed_count", "due_at", "error"])
    return True


def stuck_reactions() -> models.QuerySet[PendingReaction]:
    """Facts whose consequences could not be drawn; people must look at them."""
    return PendingReaction.objects.filter(failed_count__gte=GIVE_UP_AFTER)
