"""The state of the storage of signals, for the people who run it: which days, how much, and when it was tidied."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer
from incidents.detection.partitions import DAYS_AHEAD
from incidents.detection.retention import KEEP_EVENTS, KEEP_HOURS, KEEP_MINUTES, TERMS
from incidents.detection.upkeep import KEEP_SIGNALS, Upkeep

MOST_COUNTED = 10_000
LATE = timedelta(hours=3)
_DAY = re.compile(r"^incidents_signalbucket_(\d{8})$")
_PARTS = """
SELECT child.relname, pg_total_relation_size(child.oid)
  FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
 WHERE inhparent = 'incidents_signalbucket'::regclass
"""
_ASTRAY = "SELECT count(*) FROM (SELECT 1 FROM incidents_signalbucket_default LIMIT %s) AS counted"
_TABLE = """
SELECT sum(reltuples::bigint) FILTER (WHERE reltuples >= 0)::bigint, sum(pg_total_relation_size(oid))::bigint
  FROM pg_class
 WHERE oid = %(table)s::regclass OR oid IN (SELECT relid FROM pg_partition_tree(%(table)s::regclass))
"""


@dataclass(frozen=True, slots=True)
class Days:
    """The day partitions of the minute buckets."""

    oldest: date | None
    newest: date | None
    count: int
    size: int
    astray: int

    @property
    def is_astray_more(self) -> bool:
        return self.astray > MOST_COUNTED


def storage(request: AirpRequest) -> HttpResponse:
    """What is stored, for how long, and whether the upkeep runs."""
    now = timezone.now()
    days, duty = _days(), Upkeep.objects.filter(name=KEEP_SIGNALS).first()
    context = {
        "now": now,
        "days": days,
        "most_counted": MOST_COUNTED,
        "keep_minutes": KEEP_MINUTES.days,
        "duty": duty,
        "tables": _tables(),
        "warnings": _warnings(days, duty, now=now),
    }
    return answer(request, "incidents/storage.html", context)


def _days() -> Days:
    with connection.cursor() as cursor:
        cursor.execute(_PARTS)
        parts = cursor.fetchall()
        cursor.execute(_ASTRAY, [MOST_COUNTED + 1])
        astray = int(cursor.fetchone()[0])
    named = [match.group(1) for name, _size in parts if (match := _DAY.match(name))]
    found = sorted(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date() for day in named)
    size = sum(size for _name, size in parts)
    return Days(found[0] if found else None, found[-1] if found else None, len(found), size, astray)


def _tables() -> list[dict[str, Any]]:
    """The other tables with their terms; numbers of rows as PostgreSQL last estimated them."""
    kept = [("incidents_hourbucket", _("Hour buckets"), KEEP_HOURS)]
    kept += [(term.model._meta.db_table, _label(term.model), term.keep) for term in TERMS]
    kept += [("incidents_foreignalert", _("Ended alerts of other systems"), settings.ALERTS_KEPT)]
    kept += [("incidents_changemarker", _("Changes that others told about"), settings.CHANGES_KEPT)]
    kept += [("incidents_occurrence", _("Single events, people as hashes"), KEEP_EVENTS)]
    rows = []
    with connection.cursor() as cursor:
        for table, label, keep in kept:
            cursor.execute(_TABLE, {"table": table})
            about, size = cursor.fetchone()
            rows.append({"label": label, "days": keep.days, "rows": about, "size": size})
    return rows


def _label(model: type[Any]) -> str:
    return {
        "Receipt": _("Receipts: what makes a signal count once"),
        "SeriesCursor": _("Cursors of running totals"),
        "IngestRequest": _("Answers kept for repeated batches"),
        "IngestRefusal": _("Refused items with their samples"),
        "SourceMinute": _("Minutes of sources: rate and clock"),
        "EvaluationTick": _("Judged minutes"),
    }.get(model.__name__, model.__name__)


def _warnings(days: Days, duty: Upkeep | None, *, now: datetime) -> list[str]:
    """What needs a person. Nothing is lost by any of it: rows go to the default partition meanwhile."""
    found = []
    if duty is None:
        found.append(_("The upkeep has not run yet. It runs once an hour; check that beat and a worker run."))
    elif now - duty.last_at > LATE:
        found.append(_("The upkeep has not run for three hours. Check that beat and a worker, or run_loops, run."))
    if days.newest is None or days.newest < (now + timedelta(days=1)).date():
        found.append(
            _("Days are made %(days)s ahead, and tomorrow's is missing. Look at the log of incidents.keep_signals.")
            % {"days": DAYS_AHEAD}
        )
    if days.astray:
        found.append(_("Some minutes lie in the default partition. The next upkeep moves those of known days."))
    return found
