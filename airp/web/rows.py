"""Inserting many new rows of one model.

A few go by `bulk_create`. Of many, preparing the values takes ten times as long as PostgreSQL takes to store them, so
they go by COPY: constraints and triggers hold as always, and whoever may INSERT may do it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, models

FEW = 50
# What the driver writes as it is. Everything else is prepared by its field.
PLAIN = frozenset({int, str, bool, float, bytes, datetime, type(None)})


def insert[M: models.Model](rows: Iterable[M]) -> list[M]:
    """Store rows that have no id yet; they have one afterwards. Not for models whose fields change while saving."""
    fresh = list(rows)
    if len(fresh) < FEW:
        return type(fresh[0])._default_manager.bulk_create(fresh) if fresh else []
    meta = type(fresh[0])._meta
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if isinstance(meta.pk, models.AutoField):
            _number(cursor, fresh)
        columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in meta.concrete_fields)
        with cursor.copy(f"COPY {connection.ops.quote_name(meta.db_table)} ({columns}) FROM STDIN") as copy:
            for row in fresh:
                copy.write_row([_value(field, getattr(row, field.attname)) for field in meta.concrete_fields])
    for row in fresh:
        row._state.adding, row._state.db = False, connection.alias
    return fresh


def _number(cursor: Any, fresh: list[Any]) -> None:
    meta = fresh[0]._meta
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
        [meta.db_table, meta.pk.column, len(fresh)],
    )
    for row, (number,) in zip(fresh, cursor.fetchall(), strict=True):
        row.pk = number


def _value(field: Any, value: Any) -> Any:
    return value if type(value) in PLAIN else field.get_db_prep_save(value, connection)
