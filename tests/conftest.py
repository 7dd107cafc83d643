"""What every test can ask for: people, signed-in clients, a real stack, a browser."""

import gc
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client

from airp.accounts.models import User
from tests import factories, sandbox
from tests.processes.stack import LiveStack

pytest_plugins = ["tests.processes.browser"]
LONGEST_REST_MS = 300_000
SILENT = logging.CRITICAL + 1
GARBAGE_THRESHOLDS = (20_000, 20, 20)
SLOW_FIRST = ("long", "chaos", "journey", "browser")
_execute_sql_flush = DatabaseOperations.execute_sql_flush
# Rows that belong to the migrations; Django would write them anew after each emptying.
KEPT_TABLES = {"django_content_type", "auth_permission"}


def pytest_configure(config: pytest.Config) -> None:
    sandbox.refuse_the_network()
    DatabaseOperations.sql_flush = flush_what_is_filled
    DatabaseOperations.execute_sql_flush = flush_protected_tables
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # slow by design is slow in tests
    settings.WHITENOISE_USE_FINDERS = False  # each client would look through all static files before its first request
    database = settings.DATABASES["default"]
    database["OPTIONS"].pop("pool", None)  # a pool would keep the test database from being dropped
    # Each test is one transaction. On a busy machine it may rest longer than a request ever should.
    database["OPTIONS"]["options"] += f" -c idle_in_transaction_session_timeout={LONGEST_REST_MS}"
    if template := os.environ.get("AIRP_TEST_TEMPLATE"):
        database.setdefault("TEST", {})["TEMPLATE"] = template


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files go first and small ones last, so that all workers end together; people need a database."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "database_access" in names and "live" not in names and not item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.django_db)
    tests_of = Counter(item.path for item in items)
    items.sort(key=lambda item: (0, 0) if _is_slow(item) else (1, -tests_of[item.path]))


def _is_slow(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(mark) for mark in SLOW_FIRST)


def pytest_collection_finish() -> None:
    """What was imported stays for the whole run: looking through it for garbage again and again finds none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Each line of the log is on stderr, which a failure shows; writing it twice more is for tests that read it."""
    capturing = item.config.pluginmanager.get_plugin("logging-plugin")
    if capturing is not None:
        capturing.report_handler.setLevel(SILENT)
        capturing.caplog_handler.setLevel(logging.NOTSET if "caplog" in getattr(item, "fixturenames", ()) else SILENT)


def flush_protected_tables(self: DatabaseOperations, sql_list: list[str]) -> None:
    """Append-only tables refuse to be emptied, also by the test runner; a replica's session skips their triggers."""
    if sql_list:
        _execute_sql_flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])


def flush_what_is_filled(self: DatabaseOperations, style: Any, tables: Sequence[str], **how: Any) -> list[str]:
    """Delete instead of TRUNCATE: most tables are empty or nearly so, and truncating a partition costs a new file.

    Tables that migrations make in SQL, such as those in partitions, Django does not know as its own.
    """
    own = {each._meta.db_table for each in apps.get_app_config("incidents").get_models() if not each._meta.managed}
    with self.connection.cursor() as cursor:
        every = {*tables, *own} - KEPT_TABLES
        asked = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {self.quote_name(name)})" for name in sorted(every)
        )
        cursor.execute(asked)
        return [f"DELETE FROM {self.quote_name(name)}" for (name,) in cursor.fetchall()]


@pytest.fixture
def database_access(request: pytest.FixtureRequest) -> None:
    """The test's own database: the running stack's if the test has one, else the usual rolled-back one."""
    request.getfixturevalue("live" if "live" in request.fixturenames else "db")


def _member(first_name: str) -> Any:
    @pytest.fixture(name=first_name)
    def member(database_access: None) -> User:
        return factories.person(first_name)

    return member


tess, ravi, lee, edie = _member("tess"), _member("ravi"), _member("lee"), _member("edie")
pia, cora = _member("pia"), _member("cora")
mo, ada, uma, sam = _member("mo"), _member("ada"), _member("uma"), _member("sam")


@pytest.fixture
def client_for() -> Callable[[User | None], Client]:
    """A client that is signed in as the person; None gives one that is not signed in."""

    def make(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return make


@pytest.fixture(scope="module")
def live(django_db_blocker: Any) -> Iterator[LiveStack]:
    """Web, worker, beat, broker and mail sink on a database of their own, for one file of tests.

    Inside, the ORM of the test speaks to that database. Do not combine it with `db`.
    """
    with django_db_blocker.unblock(), LiveStack() as stack, orm_on(stack.database):
        yield stack


class orm_on:
    """Points the test's own connection at another database for a while."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        self._switch_to(self.name)

    def __exit__(self, *_: object) -> None:
        self._switch_to(self.before)

    def _switch_to(self, name: str) -> None:
        connection = connections["default"]
        connection.close()
        self.before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = name


@pytest.fixture
def now() -> datetime:
    """A fixed moment: the domain never reads the clock, so most tests need none."""
    return datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
