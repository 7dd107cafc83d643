"""Fills a scratch database with series, buckets and thresholds for the bench of the tick."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.classification.shipped import install
from incidents.detection.partitions import ensure_partitions
from incidents.detection.series import SignalSeries
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem

SYSTEMS, AT_ONCE = 10, 2_000


def load(
    *, series: int, thresholds: int, days: int, firing: int, windows: Sequence[int] = (300, 600, 1_800, 3_600)
) -> datetime:
    """Make everything; returns the tick at which the newest minute has just ended. `windows` (seconds) take turns."""
    if SignalSeries.objects.exists():
        raise RuntimeError("Give the bench a migrated database without signals.")
    now = timezone.now().replace(second=0, microsecond=0)
    install()
    ensure_partitions(now=now)
    owner = User.objects.create_user(email="bench@example.com", name="Bench", roles=["triage"])
    systems = [
        AISystem.objects.create(slug=f"system-{n}", name=f"System {n}", purpose="Bench.") for n in range(SYSTEMS)
    ]
    source = SignalSource.objects.create(name="Bench", lateness_seconds=0)
    level = SeverityLevel.objects.get(slug="SEV3")
    ids = [system.pk for system in systems]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(
            "INSERT INTO incidents_signalseries"
            " (fingerprint, source_id, system_id, kind, category, labels, first_seen_at)"
            " SELECT sha256(n::text::bytea), %s, (%s::bigint[])[n %% %s + 1], 'evaluation', 'c' || n / %s, '{}', %s"
            " FROM generate_series(0, %s) n",
            [source.pk, ids, SYSTEMS, SYSTEMS, now, series - 1],
        )
        _buckets(cursor, now=now, days=days)
        for first in range(0, thresholds, AT_ONCE):
            _thresholds(cursor, range(first, min(first + AT_ONCE, thresholds)), systems=ids, owner=owner.pk)
        # Ten thresholds a series, windows of 5 to 60 minutes. The base rate is 1 %, so that a limit of 0.1 % fires.
        cursor.execute(
            "INSERT INTO incidents_thresholdversion (threshold_id, number, kind, category, denominator_kind,"
            ' denominator_category, metric, window_seconds, op, "limit", min_samples, confidence, for_seconds,'
            " keep_firing_seconds, cooldown_seconds, no_data, eval_delay_seconds, severity_id, dedup_template, reason,"
            " effective_from, value_of, group_by, pattern, budget_ppm, floor_count, timezone, forecast)"
            " SELECT id, 1, 'evaluation', 'c' || (n / %s) %% %s, '', '', 'ratio',"
            " (%s::integer[])[n %% %s + 1],"
            " 'gt', CASE WHEN n < %s THEN 1000 ELSE 100000 END, 50, '95', 0, 300, 1800, 'hold', 0, %s,"
            " 'bench', 'Bench.', %s, 'person', '', '[]', 0, 5, 'UTC', '{}'"
            " FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM incidents_threshold) t",
            [SYSTEMS, series // SYSTEMS, list(windows), len(windows), firing, level.pk, now - timedelta(days=days)],
        )
        cursor.execute("VACUUM ANALYZE")
    return now


def _thresholds(cursor: Any, numbers: range, *, systems: list[int], owner: int) -> None:
    """Some at a time: the history of a row takes longer, the more rows its statement has made already."""
    cursor.execute(
        "INSERT INTO incidents_threshold (name, system_id, owner_id, mode, on_breach, decision_due_seconds,"
        " on_unanswered, review_every_days, shard)"
        " SELECT 'threshold ' || n, (%s::bigint[])[n %% %s + 1], %s, 'active', 'ask', 900, 'escalate', 90, 0"
        " FROM generate_series(%s, %s) n",
        [systems, SYSTEMS, owner, numbers.start, numbers.stop - 1],
    )


def _buckets(cursor: Any, *, now: datetime, days: int) -> None:
    for day in range(days):
        end = now + timedelta(minutes=30) - timedelta(days=day)
        cursor.execute(
            "INSERT INTO incidents_signalbucket (series_id, ts, n, bad, n_raw, value_n, value_sum, value_sumsq,"
            " first_received_at, last_received_at)"
            " SELECT s.id, m, 100, 1, 100, 0, 0, 0, m, m FROM incidents_signalseries s,"
            " generate_series(%s::timestamptz - interval '1 day', %s::timestamptz - interval '1 min', '1 min') m"
            " ORDER BY s.id, m",
            [end, end],
        )
    cursor.execute(
        "INSERT INTO incidents_hourbucket (series_id, ts, n, bad, n_raw, value_n, value_sum, value_sumsq,"
        " first_received_at, last_received_at)"
        " SELECT series_id, date_trunc('hour', ts, 'UTC'), sum(n), sum(bad), sum(n_raw), 0, 0, 0, min(ts), max(ts)"
        " FROM incidents_signalbucket GROUP BY 1, 2"
    )


RULE = (
    *("kind", "category", "denominator_kind", "denominator_category", "metric", "op", '"limit"', "min_samples"),
    *("confidence", "for_seconds", "keep_firing_seconds", "cooldown_seconds", "no_data", "eval_delay_seconds"),
    *("severity_id", "dedup_template", "reason", "value_of", "group_by", "pattern", "budget_ppm", "floor_count"),
    *("timezone", "forecast", "window_seconds"),
)


def renew(*, now: datetime, **changes: str) -> None:
    """Put a second version of every threshold in force from `now` on, with these columns changed (SQL)."""
    same = ", ".join(RULE)
    new = ", ".join(changes.get(column, column) for column in RULE)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO incidents_thresholdversion (threshold_id, number, effective_from, {same})"
            f" SELECT threshold_id, 2, %s, {new} FROM incidents_thresholdversion",
            [now],
        )
        cursor.execute("VACUUM ANALYZE incidents_thresholdversion")


def widen(windows: Sequence[int], *, now: datetime) -> None:
    """From `now` on the windows (seconds) of all thresholds are these, in turn."""
    array = ",".join(map(str, windows))
    renew(now=now, window_seconds=f"('{{{array}}}'::integer[])[threshold_id %% {len(windows)} + 1]")


def bucket_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM incidents_signalbucket")
        return int(cursor.fetchone()[0])
