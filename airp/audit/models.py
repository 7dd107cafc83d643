"""Heads of hash chains, and the audit record of everything that is not an incident's own timeline."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from airp.audit.chain import GENESIS, Link, link_hash

AUDIT_STREAMS = 16


def append_only() -> list[Any]:
    """Triggers that refuse to change or remove a row, whoever asks. Grants add a second lock."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'airp: % is append-only and cannot be truncated', TG_TABLE_NAME;",
        ),
    ]


class ChainHead(models.Model):
    """The newest link of a stream. Its row is locked last in a transaction, so streams never deadlock."""

    stream = models.CharField(max_length=64, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.BinaryField(max_length=32, default=GENESIS)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.stream} at {self.seq}"

    @classmethod
    def extend(cls, stream: str, body: Mapping[str, Any]) -> Link:
        """Add a link to `stream` and return its place. Must run inside the transaction of the fact."""
        return cls.extend_all([(stream, body)])[0]

    @classmethod
    def extend_all(cls, bodies: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Link]:
        """Add a link to each named stream, in this order. The heads are locked in the order of their names."""
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("A link belongs into the transaction of the fact that it records.")
        heads = cls._locked({stream for stream, _body in bodies})
        links = []
        for stream, body in bodies:
            head = heads[stream]
            prev_hash = bytes(head.hash)
            head.seq += 1
            head.hash = link_hash(prev_hash, {**body, "seq": head.seq})
            links.append(Link(seq=head.seq, prev_hash=prev_hash, hash=head.hash))
        cls._store(list(heads.values()))
        return links

    @classmethod
    def _locked(cls, streams: set[str]) -> "dict[str, ChainHead]":
        wanted = cls.objects.select_for_update().filter(stream__in=streams).order_by("stream")
        heads: dict[str, ChainHead] = {head.stream: head for head in wanted}
        if missing := streams - heads.keys():
            with transaction.get_connection().cursor() as cursor:
                cursor.execute(
                    "INSERT INTO audit_chainhead (stream, seq, hash) SELECT stream, 0, %s FROM unnest(%s::text[])"
                    " AS fresh(stream) ON CONFLICT DO NOTHING",
                    [GENESIS, sorted(missing)],
                )
            heads |= {head.stream: head for head in wanted.filter(stream__in=missing)}
        return heads

    @classmethod
    def _store(cls, heads: "Sequence[ChainHead]") -> None:
        with transaction.get_connection().cursor() as cursor:
            cursor.execute(
                "UPDATE audit_chainhead AS stored SET seq = fresh.seq, hash = fresh.hash"
                "  FROM unnest(%s::text[], %s::bigint[], %s::bytea[]) AS fresh(stream, seq, hash)"
                " WHERE stored.stream = fresh.stream",
                [[head.stream for head in heads], [head.seq for head in heads], [head.hash for head in heads]],
            )


class AuditEntry(models.Model):
    """One recorded act outside an incident: sign-in, denial, export, requeue, change of configuration.

    Sixteen streams, chosen by actor, keep unrelated people from waiting for one lock.
    """

    stream = models.CharField(max_length=64)
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    act = models.CharField(_("act"), max_length=60)
    object_label = models.CharField(_("object"), max_length=200, blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="one_audit_entry_per_place"),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="audit_newest_first")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.act} {self.object_label} ({self.stream}#{self.seq})"

    @property
    def body(self) -> dict[str, Any]:
        """What the hash covers."""
        return audit_body(
            at=self.at, actor_id=self.actor_id, act=self.act, object_label=self.object_label, facts=self.facts
        )


def audit_body(
    *, at: datetime, actor_id: int | None, act: str, object_label: str, facts: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "at": at.astimezone(UTC).isoformat(),
        "actor": actor_id,
        "act": act,
        "object": object_label,
        "facts": dict(facts),
    }


@transaction.atomic
def record(
    *,
    act: str,
    at: datetime,
    by: models.Model | None,
    object_label: str = "",
    facts: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write an audit entry in the caller's transaction. `facts` holds ids and counts, never personal text."""
    actor_id = by.pk if by else None
    stream = f"audit/{(actor_id or 0) % AUDIT_STREAMS}"
    body = audit_body(at=at, actor_id=actor_id, act=act, object_label=object_label, facts=facts or {})
    link = ChainHead.extend(stream, body)
    return AuditEntry.objects.create(
        stream=stream,
        seq=link.seq,
        at=at,
        actor_id=actor_id,
        act=act,
        object_label=object_label,
        facts=facts or {},
        prev_hash=link.prev_hash,
        hash=link.hash,
    )
