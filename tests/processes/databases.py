"""Databases of their own for real processes, copied from a migrated template."""

import os
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from airp.local.state import CHECKOUT
from airp.local.upkeep import migrations_digest

APP_ROLE = "airp_app"


def owner_url(database: str | None = None) -> str:
    """The address of the test server as the tables' owner."""
    parts = urlsplit(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{database}")) if database else urlunsplit(parts)


def app_url(database: str) -> str:
    """The same server as the role that web, worker and beat use."""
    parts = urlsplit(owner_url(database))
    return urlunsplit(parts._replace(netloc=f"{APP_ROLE}@{parts.netloc.rpartition('@')[2]}"))


def fresh_database() -> str:
    """The name of a new database on the present migrations, with the grants of production."""
    name = f"airp_live_{uuid4().hex[:12]}"
    _create(name, template())
    return name


def template() -> str:
    """The migrated template: made by `make test`, or here when pytest runs by itself."""
    if given := os.environ.get("AIRP_TEST_TEMPLATE"):
        return given
    name = f"airp_template_{migrations_digest()[:16]}"
    if name not in _databases():
        draft = f"{name}_{uuid4().hex[:6]}"
        _create(draft, "template0")
        env = {**os.environ, "DATABASE_URL": owner_url(draft)}
        subprocess.run([sys.executable, "manage.py", "prepare_database"], cwd=CHECKOUT, env=env, check=True)
        _run(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))
    return name


def drop(name: str) -> None:
    _run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(name: str, source: str) -> None:
    _run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))


def _databases() -> set[str]:
    with closing(_connect()) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def _run(statement: sql.Composed) -> None:
    with closing(_connect()) as connection:
        connection.execute(statement)


def _connect() -> psycopg.Connection:
    return psycopg.connect(owner_url("postgres"), autocommit=True)
