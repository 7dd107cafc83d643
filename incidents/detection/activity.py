"""What a source did lately: counters, its last hours minute by minute, and what was refused."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from incidents.detection.samples import sample_of_body
from incidents.detection.sources import SignalSource

ADDED = ("accepted_count", "duplicate_count", "refused_count", "late_count", "unknown_field_count", "dropped_count")
# Every batch does this, so it is not built anew for each.
_NOTE = f"""
UPDATE incidents_sourceactivity
   SET {", ".join(f"{name} = {name} + %({name})s" for name in ADDED)},
       series_count = coalesce(%(series_count)s, series_count), last_seen_at = coalesce(%(seen)s, last_seen_at),
       last_refused_at = coalesce(%(refused)s, last_refused_at), last_test_at = coalesce(%(tested)s, last_test_at)
 WHERE source_id = %(source)s
"""  # noqa: S608 - built from constants


def _add(changes: Mapping[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, changes)
        return bool(cursor.rowcount)


class SourceActivity(models.Model):
    """What a source did so far. Apart from the source, so that its history holds only configuration."""

    source = models.OneToOneField(SignalSource, on_delete=models.CASCADE, primary_key=True, related_name="activity")
    last_seen_at = models.DateTimeField(_("last seen"), null=True)
    last_refused_at = models.DateTimeField(_("last refused"), null=True)
    last_test_at = models.DateTimeField(_("last test"), null=True)
    accepted_count = models.PositiveBigIntegerField(_("accepted"), default=0)
    duplicate_count = models.PositiveBigIntegerField(_("duplicates"), default=0)
    refused_count = models.PositiveBigIntegerField(_("refused"), default=0)
    late_count = models.PositiveBigIntegerField(_("late"), default=0)
    unknown_field_count = models.PositiveBigIntegerField(_("unknown fields"), default=0)
    dropped_count = models.PositiveBigIntegerField(_("not kept by any rule"), default=0)
    series_count = models.PositiveIntegerField(_("combinations of labels"), default=0)

    def __str__(self) -> str:
        return f"activity of source {self.source_id}"

    @classmethod
    def note(
        cls, source: SignalSource, *, now: datetime, lead: timedelta | None = None, test_count: int = 0, **counts: int
    ) -> None:
        """Add to the counters and move `last_seen_at`, in the caller's transaction.

        `lead` is how far the newest event of the batch is ahead of our clock. `series_count` replaces what is known.
        """
        if not source.is_self_test:
            SourceMinute.add(source, now=now, lead=lead, counts=counts)
        changes: dict[str, Any] = {name: counts.get(name, 0) for name in ADDED} | {
            "seen": None if source.is_self_test else now,
            "refused": now if counts.get("refused_count") else None,
            "tested": now if test_count else None,
            "series_count": counts.get("series_count") or None,
            "source": source.pk,
        }
        if not _add(changes):
            # The first word of a source. Whoever comes second finds the row and adds to it.
            SourceActivity.objects.bulk_create([SourceActivity(source=source)], ignore_conflicts=True)
            _add(changes)
        if source.proven_by is not None:
            source.proven_by.note_use(now=now)


class SourceMinute(models.Model):
    """What one minute of our clock brought from a source: for its rate, and for how its clock goes. Kept two days."""

    pk = models.CompositePrimaryKey("source_id", "ts")
    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="+")
    ts = models.DateTimeField()
    accepted = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    lead_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["ts"], name="source_minutes_by_age")]

    def __str__(self) -> str:
        return f"source {self.source_id} at {self.ts:%Y-%m-%d %H:%M}"

    @classmethod
    def add(cls, source: SignalSource, *, now: datetime, lead: timedelta | None, counts: Mapping[str, int]) -> None:
        figures = [counts.get(f"{name}_count", 0) for name in ("accepted", "duplicate", "refused")]
        lead_ms = None if lead is None else lead // timedelta(milliseconds=1)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO incidents_sourceminute AS minute (source_id, ts, accepted, duplicates, refused, lead_ms)"
                " VALUES (%s, date_trunc('minute', %s::timestamptz), %s, %s, %s, %s)"
                " ON CONFLICT (source_id, ts) DO UPDATE SET accepted = minute.accepted + excluded.accepted,"
                " duplicates = minute.duplicates + excluded.duplicates, refused = minute.refused + excluded.refused,"
                " lead_ms = greatest(minute.lead_ms, excluded.lead_ms)",
                [source.pk, now, *figures, lead_ms],
            )


class IngestRefusal(models.Model):
    """One refused item or body, for the people who run the sender. Kept for a week."""

    source = models.ForeignKey(SignalSource, on_delete=models.CASCADE, related_name="refusals")
    at = models.DateTimeField()
    index = models.PositiveIntegerField(null=True)
    code = models.CharField(max_length=30)
    detail = models.CharField(max_length=300)
    # What was refused, without secrets, people and free text: `samples.py`.
    sample = models.CharField(max_length=600, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "-at", "-id"], name="refusals_newest_first"),
            models.Index(fields=["source", "code", "-at", "-id"], name="refusals_by_code"),
            models.Index(fields=["at"], name="refusals_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.code} at item {self.index}"

    @classmethod
    @transaction.atomic
    def of_body(cls, source: SignalSource, raw: bytes, *, detail: str, now: datetime) -> None:
        """A whole body that nobody can read. Its sender is alive all the same."""
        sample = sample_of_body(raw)
        cls.objects.create(source=source, at=now, index=None, code="whole_body", detail=detail[:300], sample=sample)
        SourceActivity.note(source, now=now, refused_count=1)
