"""Twenty thousand items that wait for triage, and the signals beside them, written in a few statements."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Model

from airp.accounts.models import User
from incidents.detection.breaches import Breach
from incidents.detection.counting import Delta, add_to_buckets
from incidents.detection.series import SignalSeries
from tests import factories
from tests.incidents import cases
from tests.incidents.complaints.makers import complaint
from tests.incidents.detection import makers
from tests.incidents.reports.makers import report

COMPLAINTS, REPORTS, BREACHES = 10_000, 7_000, 3_000
ITEMS = COMPLAINTS + REPORTS + BREACHES
SIGNALS = 100_000


def load() -> User:
    """Makes one of each kind the way it comes in and copies it; returns somebody of triage."""
    now = datetime.now(UTC)
    assistant = cases.assistant()
    threshold = makers.threshold()
    version = makers.version(threshold, now=now - timedelta(minutes=1))
    figures = {"bad": 9, "n": 100, "peak_bad": 9, "peak_n": 100, "started_at": now, "detected_at": now}
    breach = Breach.objects.create(
        threshold=threshold, version=version, decision_due_at=now + timedelta(minutes=15), **figures
    )
    system = threshold.system
    later = "+ nth * interval '1 second'"
    words = "'Where is my money, case ' || nth || '?'"
    _copy(breach, BREACHES - 1, group_key="'group-' || nth", decision_due_at=f"decision_due_at {later}")
    _copy(
        complaint("one", at=now, system=system),
        COMPLAINTS - 1,
        reference="'CMP-2020-' || nth",
        external_id="'bench/' || nth",
        category="'kind-' || nth % 40",
        text=words,
        respond_by=f"respond_by {later}",
    )
    _copy(
        report("one", at=now, system=system),
        REPORTS - 1,
        ticket_digest="sha256(('bench/' || nth)::bytea)",
        text=words,
        respond_by=f"respond_by {later}",
    )
    _signals(system.pk, now)
    cases.incident(now=now, system=assistant)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return factories.person("tess")


def _copy(like: Model, rows: int, **changed: str) -> None:
    """`rows` more like this one; `changed` are SQL expressions of the columns that differ, with `nth` counting them."""
    table = like._meta.db_table
    own = [field.column for field in like._meta.concrete_fields if field.column != "id"]
    values = [changed.get(column, column) for column in own]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(own)}) SELECT {', '.join(values)}"  # noqa: S608 - our own names
            f" FROM {table}, generate_series(1, {rows}) AS nth WHERE {table}.id = {like.pk}"
        )


def _signals(system_id: int, now: datetime) -> None:
    """A hundred thousand signals, as minute buckets of ten series."""
    minute = now.replace(second=0, microsecond=0)
    source, deltas = makers.source("Bench"), {}
    for number in range(10):
        series = SignalSeries.objects.create(
            fingerprint=bytes([number]) * 32,
            source=source,
            system_id=system_id,
            kind="traffic",
            category=f"c{number}",
            first_seen_at=now,
        )
        deltas |= {(series.pk, minute - timedelta(minutes=each)): Delta(n=100, n_raw=100) for each in range(100)}
    add_to_buckets(deltas, now=now)
