"""What an incident has beside itself, looked up once for its page: a panel that knows that it has nothing asks nothing.

`INCIDENT_PRESENCE` in `airp/reactions.py` names what is looked for; the page reads all of it with the incident.
"""

from collections.abc import Mapping

from django.contrib.postgres.fields import ArrayField
from django.db.models import TextField
from django.db.models.expressions import RawSQL

from incidents.response.models import Incident

OF_THE_ROW = '"incidents_incident"."id"'
PRESENT = "present"


def rows_of(table: str, *, which: str = "", column: str = "incident_id") -> str:
    """The condition that a table has a row of the incident. Constants only."""
    also = f" AND {which}" if which else ""
    return f"EXISTS (SELECT 1 FROM {table} AS its WHERE its.{column} = {OF_THE_ROW}{also})"  # noqa: S608 - ours


def presence(conditions: Mapping[str, str]) -> RawSQL:
    """The names of what is there. By hand: as many subqueries cost more to build than to answer."""
    named = ", ".join(f"CASE WHEN {condition} THEN '{name}' END" for name, condition in conditions.items())
    return RawSQL(f"array_remove(ARRAY[{named}]::text[], NULL)", (), output_field=ArrayField(TextField()))  # noqa: S611


def may_have(incident: Incident, name: str) -> bool:
    """False only where the page has looked and found none; who was not asked may have anything."""
    present = getattr(incident, PRESENT, None)
    return present is None or name in present
