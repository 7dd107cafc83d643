"""The second lock on append-only tables: the processes' database role may not change or empty them."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, models, transaction
from psycopg import sql

APPEND_ONLY_TRIGGER = "append_only"
# Trigger of a model -> rights that the role does not get. A trigger can be told to look away, a missing right cannot.
WITHHELD = {
    APPEND_ONLY_TRIGGER: "UPDATE, DELETE, TRUNCATE",
    "immutable": "UPDATE, DELETE, TRUNCATE",
    "never_deleted": "DELETE, TRUNCATE",
    "no_rewrite": "UPDATE, TRUNCATE",
}
SCHEMA = "public"


class Command(BaseCommand):
    help = (
        "Give the role of web, worker and beat (AIRP_DATABASE_APP_ROLE) the right to use every table, and take back "
        "UPDATE, DELETE and TRUNCATE on append-only ones. Run it as the tables' owner after each migrate."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        role = settings.DATABASE_APP_ROLE
        with transaction.atomic(), connection.cursor() as cursor:
            guarded = {trigger: with_partitions(cursor, tables_with(trigger)) for trigger in WITHHELD}
            self._refuse_own_role(cursor, role)
            create_role(cursor, role)
            for statement in grants(role, guarded):
                cursor.execute(statement)
        self.stdout.write(f"{role} may use all tables; {len(guarded[APPEND_ONLY_TRIGGER])} of them it may only add to.")

    def _refuse_own_role(self, cursor: Any, role: str) -> None:
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == role:
            raise CommandError(
                f"You are signed in as {role}. Run this as the tables' owner: the owner's rights cannot be taken back."
            )


def tables_with(trigger: str) -> list[str]:
    """Every table whose model carries the trigger, so that later models are covered as they come."""
    found = [model for model in apps.get_models(include_auto_created=True) if carries(model, trigger)]
    return sorted({model._meta.db_table for model in found})


def carries(model: type[models.Model], trigger: str) -> bool:
    triggers = getattr(model._meta, "triggers", None) or []
    return any(each.name == trigger for each in triggers)


def create_role(cursor: Any, role: str) -> None:
    """Raises CommandError when the role is missing and may not be made."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone():
        return
    cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    if not cursor.fetchone()[0]:
        raise CommandError(f"The role {role} does not exist and you may not create it. Ask: CREATE ROLE {role} LOGIN")
    cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))


def with_partitions(cursor: Any, tables: list[str]) -> list[str]:
    """The tables and, where they are partitioned, every partition of theirs."""
    cursor.execute(
        "SELECT part.relname FROM unnest(%s::text[]) AS guarded, pg_partition_tree(guarded::regclass) AS tree"
        " JOIN pg_class AS part ON part.oid = tree.relid",
        [tables],
    )
    return sorted({*tables, *(row[0] for row in cursor.fetchall())})


def grants(role: str, guarded: dict[str, list[str]]) -> list[sql.Composed]:
    """The statements, in order. Tables made later may be read and added to until this runs again."""
    use, add = "SELECT, INSERT, UPDATE, DELETE", "SELECT, INSERT"
    templates = [
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT {use} ON ALL TABLES IN SCHEMA {{schema}} TO {{role}}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {{schema}} GRANT {add} ON TABLES TO {{role}}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ]
    names = {"role": sql.Identifier(role), "schema": sql.Identifier(SCHEMA)}
    statements = [sql.SQL(template).format(**names) for template in templates]
    taken = [
        sql.SQL(f"REVOKE {WITHHELD[trigger]} ON {{table}} FROM {{role}}").format(
            table=sql.Identifier(SCHEMA, table), **names
        )
        for trigger, tables in guarded.items()
        for table in tables
    ]
    return statements + taken
