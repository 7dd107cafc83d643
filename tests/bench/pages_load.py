"""A hundred thousand incidents with their records, written in a few statements."""

from datetime import UTC, datetime, timedelta

from django.db import connection

from airp.accounts.models import User
from incidents.classification import shipped
from incidents.classification.models import HarmKind, SeverityLevel
from incidents.response.declaring import Declaration, declare
from incidents.response.models import Incident
from incidents.response.timeline import PendingReaction
from incidents.systems.models import AISystem

NOTES = 200
COPY = """
INSERT INTO incidents_incident ({columns}, id, reference, title, state, next_due_at, declared_at, detected_at, lead_id)
SELECT {columns}, id + n, 'AIR-2020-' || n, 'Wrong answer number ' || n,
       (ARRAY['reported', 'triaged', 'contained', 'resolved', 'closed'])[1 + n %% 5],
       next_due_at + n * interval '1 minute', declared_at - n * interval '1 minute',
       declared_at - n * interval '1 minute', CASE WHEN n %% 3 = 0 THEN %s END
FROM incidents_incident, generate_series(%s, %s) AS n WHERE id = %s
"""


def load(rows: int) -> tuple[User, Incident]:
    """`rows` more incidents beside one with a long timeline; returns a manager and that incident."""
    shipped.install()
    now = datetime.now(UTC)
    manager = User.objects.get_or_create(email="bench@example.com", defaults={"name": "B", "roles": ["manager"]})[0]
    system = AISystem.objects.get_or_create(slug="bench", defaults={"name": "Bench", "purpose": "p"})[0]
    level, kind = SeverityLevel.objects.get(slug="SEV2"), HarmKind.objects.get(slug="discrimination")
    long_one = declare(Declaration(title="The long one", system=system, severity=level), by=manager, now=now)
    long_one.triage(severity=level, harm_kind=kind, by=manager, now=now)
    for number in range(NOTES):
        long_one.add_note(text=f"Note {number} with **some** words.", by=manager, now=now + timedelta(seconds=number))
    add(rows, like=long_one, lead=manager)
    PendingReaction.objects.all().delete()
    return manager, long_one


def add(rows: int, *, like: Incident, lead: User, after: int = 0) -> None:
    """More incidents that differ in number, state, times and lead."""
    own = {"id", "reference", "title", "state", "next_due_at", "declared_at", "detected_at", "lead_id", "dedup_key"}
    columns = [field.column for field in Incident._meta.concrete_fields if field.column not in own]
    with connection.cursor() as cursor:
        cursor.execute(
            COPY.format(columns=", ".join([*columns, "dedup_key"])), [lead.pk, after + 1, after + rows, like.pk]
        )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('incidents_incident', 'id'), max(id)) FROM incidents_incident"
        )
        cursor.execute("ANALYZE incidents_incident")
