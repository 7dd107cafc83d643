"""Secrets at rest: text columns that the database holds only as ciphertext.

A stored value reads `<key id>:<Fernet token>`. Keys come from settings.FIELD_KEYS, newest first: the first
encrypts, all decrypt. `manage.py rotate_secrets` moves every value to the first, then old keys may go.
"""

import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

KEY_ID_LENGTH = 8
ROTATION_BATCH = 1000


class SecretUnreadable(Exception):
    """No key in AIRP_FIELD_KEYS opens this value. Put the key back that encrypted it."""


def key_id(key: str) -> str:
    """A short public name of a key, so that a value tells which key it needs."""
    return hashlib.sha256(key.encode()).hexdigest()[:KEY_ID_LENGTH]


@lru_cache(maxsize=4)
def _keyring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def current_key_id() -> str:
    return key_id(settings.FIELD_KEYS[0])


def seal(text: str) -> str:
    """Ciphertext of `text` under the newest key."""
    return f"{current_key_id()}:{_keyring(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()}"


def unseal(stored: str) -> str:
    """The text of a stored value. Raises SecretUnreadable when no key fits or the value was altered."""
    name, _colon, token = stored.partition(":")
    try:
        return _keyring(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable(f"No key opens this value; it was encrypted with key {name}.") from error


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database. Empty stays empty; comparing in queries is not possible."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return seal(text) if text else text

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return unseal(value) if value else value


def encrypted_fields() -> list[tuple[type[models.Model], str, str]]:
    """Model, table and column of every encrypted field of the installation."""
    return [
        (model, model._meta.db_table, str(field.column))
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


def rotate_all() -> int:
    """Encrypt every value that an older key holds with the newest one. Returns how many were moved."""
    return sum(_rotate(model, table, column) for model, table, column in encrypted_fields())


def _rotate(model: type[models.Model], table: str, column: str) -> int:
    moved = 0
    while count := _rotate_batch(str(model._meta.pk.column), table, column):
        moved += count
    return moved


@transaction.atomic
def _rotate_batch(pk: str, table: str, column: str) -> int:
    table, column, pk = (connection.ops.quote_name(name) for name in (table, column, pk))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {pk}, {column} FROM {table} WHERE {column} <> '' AND {column} NOT LIKE %s"  # noqa: S608 - quoted
            f" ORDER BY {pk} LIMIT {ROTATION_BATCH} FOR UPDATE",
            [f"{current_key_id()}:%"],
        )
        rows = [(row_pk, seal(unseal(stored))) for row_pk, stored in cursor.fetchall()]
        update = f"UPDATE {table} SET {column} = %s WHERE {pk} = %s"  # noqa: S608 - quoted names
        cursor.executemany(update, [(new, row_pk) for row_pk, new in rows])
    return len(rows)
