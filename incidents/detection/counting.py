"""Adding signals to buckets: one row per series and minute in one statement, in the order of the key.

Sorted keys keep racing batches from deadlocking; the hour rows are changed by the same statement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from incidents.detection.arrays import array
from incidents.detection.parsers.signals import Signal

_MERGE = """
    n = bucket.n + excluded.n,
    bad = bucket.bad + excluded.bad,
    n_raw = bucket.n_raw + excluded.n_raw,
    value_n = bucket.value_n + excluded.value_n,
    value_sum = bucket.value_sum + excluded.value_sum,
    value_sumsq = bucket.value_sumsq + excluded.value_sumsq,
    value_min = least(bucket.value_min, excluded.value_min),
    value_max = greatest(bucket.value_max, excluded.value_max),
    last_received_at = excluded.last_received_at
"""
_UPSERT = f"""
WITH delta AS (
    SELECT * FROM unnest(%(series)s::bigint[], %(ts)s::timestamptz[], %(n)s::bigint[], %(bad)s::bigint[],
                         %(n_raw)s::bigint[], %(value_n)s::bigint[], %(value_sum)s::float8[],
                         %(value_sumsq)s::float8[], %(value_min)s::float8[], %(value_max)s::float8[])
           AS d(series_id, ts, n, bad, n_raw, value_n, value_sum, value_sumsq, value_min, value_max)
), minutes AS (
    INSERT INTO incidents_signalbucket AS bucket
    SELECT delta.*, %(now)s, %(now)s FROM delta ORDER BY series_id, ts
    ON CONFLICT (series_id, ts) DO UPDATE SET {_MERGE}
)
INSERT INTO incidents_hourbucket AS bucket
SELECT series_id, date_trunc('hour', ts, 'UTC') AS hour, sum(n), sum(bad), sum(n_raw), sum(value_n), sum(value_sum),
       sum(value_sumsq), min(value_min), max(value_max), %(now)s, %(now)s
  FROM delta GROUP BY series_id, hour ORDER BY series_id, hour
ON CONFLICT (series_id, ts) DO UPDATE SET {_MERGE}
"""  # noqa: S608 - built from constants

_TAKE = """
WITH minutes AS (
    UPDATE incidents_signalbucket SET n = n - %(n)s, bad = bad - %(bad)s, n_raw = n_raw - %(n_raw)s,
           last_received_at = %(now)s
     WHERE series_id = %(series)s AND ts = %(minute)s AND n >= %(n)s AND n_raw >= %(n_raw)s
)
UPDATE incidents_hourbucket SET n = n - %(n)s, bad = bad - %(bad)s, n_raw = n_raw - %(n_raw)s,
       last_received_at = %(now)s
 WHERE series_id = %(series)s AND ts = date_trunc('hour', %(minute)s::timestamptz, 'UTC')
   AND n >= %(n)s AND n_raw >= %(n_raw)s
"""


@dataclass(slots=True)
class Delta:
    """What one batch adds to one series and minute."""

    n: int = 0
    bad: int = 0
    n_raw: int = 0
    value_n: int = 0
    value_sum: float = 0.0
    value_sumsq: float = 0.0
    value_min: float | None = None
    value_max: float | None = None

    def add(self, signal: Signal) -> None:
        self.n += signal.n
        self.bad += signal.bad
        self.n_raw += signal.n_raw
        if signal.value is not None:
            self.value_n += 1
            self.value_sum += signal.value
            self.value_sumsq += signal.value * signal.value
            self.value_min = signal.value if self.value_min is None else min(self.value_min, signal.value)
            self.value_max = signal.value if self.value_max is None else max(self.value_max, signal.value)


def deltas_of(signals: Iterable[tuple[int, Signal]]) -> dict[tuple[int, datetime], Delta]:
    """(series id, signal) pairs added up per series and minute of event time."""
    deltas: dict[tuple[int, datetime], Delta] = {}
    for series_id, signal in signals:
        deltas.setdefault((series_id, signal.minute), Delta()).add(signal)
    return deltas


def add_to_buckets(deltas: dict[tuple[int, datetime], Delta], *, now: datetime) -> None:
    """Add the deltas to the minute and hour buckets, in the caller's transaction."""
    if not deltas:
        return
    rows = sorted(deltas.items(), key=lambda row: row[0])
    texts = {moment: moment.isoformat() for moment in {moment for _series, moment in deltas}}
    columns: dict[str, Any] = {
        name: array(getattr(delta, name) for _key, delta in rows) for name in Delta.__dataclass_fields__
    }
    columns |= {"series": array(key[0] for key, _delta in rows), "ts": array(texts[key[1]] for key, _delta in rows)}
    columns["now"] = now
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, columns)


def take_from_buckets(series_id: int, signal: Signal, *, now: datetime) -> None:
    """Take a signal without a value back out of its minute and hour, where they are still kept."""
    values: dict[str, Any] = {"series": series_id, "minute": signal.minute, "now": now}
    values |= {"n": signal.n, "bad": signal.bad, "n_raw": signal.n_raw}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
