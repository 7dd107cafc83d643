"""What the support assistant's signals said in the past weeks, so that its thresholds have a past to be tried on.

Two weeks of minutes and ninety days of hours of the simulated product's own series, written in a few statements.
Half an hour of wrong promises stands where each past incident of the system began; the rest is ordinary traffic.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import connection

from airp.local.product.assistant import CATEGORY
from incidents.detection.partitions import ensure_partitions
from incidents.detection.series import HourBucket, SignalSeries
from incidents.detection.sources import SignalSource
from incidents.response.models import Incident
from incidents.systems.models import AISystem

MINUTES = timedelta(days=14)
HOURS = timedelta(days=90)
TROUBLE = timedelta(minutes=30)
SERIES = (("traffic", ""), ("violation", CATEGORY))
# More answers by day than by night; one in two hundred promises what it should not, one in twelve in times of trouble.
_COUNTS = """
    SELECT at, 70 + (30 * sin(pi() * extract(hour FROM at) / 12 - 2))::int + mod(abs(hashint8(e)), 7) AS n,
           CASE WHEN EXISTS (SELECT 1 FROM unnest(%(troubles)s::timestamptz[]) t WHERE at >= t AND at < t + %(trouble)s)
                THEN 5 + mod(abs(hashint8(e + 3)), 4) ELSE (mod(abs(hashint8(e + 1)), 7) = 0)::int END AS wrong
      FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 min', interval '1 min') at,
           LATERAL (SELECT (extract(epoch FROM at) / 60)::bigint AS e) m
"""
_MINUTES = f"""
INSERT INTO incidents_signalbucket (series_id, ts, n, bad, n_raw, value_n, value_sum, value_sumsq,
                                    first_received_at, last_received_at)
SELECT s.id, c.at, k.n, 0, k.n, 0, 0, 0, c.at + interval '1 min', c.at + interval '1 min'
  FROM ({_COUNTS}) c CROSS JOIN LATERAL (VALUES (%(traffic)s, c.n), (%(violation)s, c.wrong)) k(id, n)
  JOIN incidents_signalseries s ON s.id = k.id WHERE k.n > 0
ON CONFLICT DO NOTHING
"""  # noqa: S608 - built from constants
_HOURS = f"""
INSERT INTO incidents_hourbucket (series_id, ts, n, bad, n_raw, value_n, value_sum, value_sumsq,
                                  first_received_at, last_received_at)
SELECT k.id, date_trunc('hour', c.at, 'UTC'), sum(k.n), 0, sum(k.n), 0, 0, 0, max(c.at), max(c.at)
  FROM ({_COUNTS}) c CROSS JOIN LATERAL (VALUES (%(traffic)s, c.n), (%(violation)s, c.wrong)) k(id, n)
 WHERE k.n > 0 GROUP BY 1, 2
ON CONFLICT DO NOTHING
"""  # noqa: S608 - built from constants


def install(system: AISystem, source: SignalSource, *, now: datetime) -> None:
    """Write the past unless there is one."""
    traffic, violation = (_series(system, source, kind, category, now=now) for kind, category in SERIES)
    if HourBucket.objects.filter(series_id=traffic).exists():
        return
    ensure_partitions(now=now)
    end = now.replace(minute=0, second=0, microsecond=0)
    values: dict[str, Any] = {"traffic": traffic, "violation": violation, "trouble": TROUBLE, "end": end}
    values["troubles"] = _troubles(system, since=end - HOURS)
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {**values, "start": end - HOURS})
        cursor.execute(_MINUTES, {**values, "start": end - MINUTES})


def _series(system: AISystem, source: SignalSource, kind: str, category: str, *, now: datetime) -> int:
    """A series of its own, beside those that the simulated product makes when it starts."""
    mark = sha256(f"seed/{system.slug}/{kind}/{category}".encode()).digest()
    facts = {"source": source, "system": system, "kind": kind, "category": category, "first_seen_at": now - HOURS}
    return SignalSeries.objects.get_or_create(fingerprint=mark, defaults=facts)[0].pk


def _troubles(system: AISystem, *, since: datetime) -> Sequence[datetime]:
    found = Incident.objects.filter(system=system, declared_at__gte=since).order_by("declared_at")
    return [incident.started_at or incident.declared_at for incident in found]
