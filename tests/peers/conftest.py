"""One running web server for all peers of a file, and a source with its token for each test."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import connection

from airp.accounts.models import User
from airp.local.peers import PACKAGES
from incidents.classification import shipped
from incidents.detection.sources import SignalSource
from incidents.systems.models import AISystem, Ownership
from tests import factories
from tests.conftest import orm_on
from tests.processes.stack import LiveStack

# How long we are away in tests of outages. `AIRP_PEER_OUTAGE_SECONDS=60 make test-peers` takes the full minute.
OUTAGE_SECONDS = int(os.environ.get("AIRP_PEER_OUTAGE_SECONDS", "3"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Outside `make test-peers` nobody fetched Debian's programs, so those tests are not chosen."""
    beyond = [item for item in items if not all(_variable(name) in os.environ for name in _programs(item))]
    if beyond:
        config.hook.pytest_deselected(items=beyond)
        items[:] = [item for item in items if item not in beyond]


def _programs(item: pytest.Item) -> list[str]:
    return [mark.args[0] for mark in item.iter_markers("debian")]


def _variable(package: str) -> str:
    return PACKAGES[package][0]


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a peer sends to: the address, a system, a source that reports on it, and its token."""

    base_url: str
    system: AISystem
    source: SignalSource
    token: str

    def counted(self, kind: str) -> tuple[int, int]:
        """n and bad of all buckets of the system and kind."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(n), 0)::int, coalesce(sum(bad), 0)::int FROM incidents_signalbucket bucket"
                "  JOIN incidents_signalseries series ON series.id = bucket.series_id"
                " WHERE series.system_id = %s AND series.kind = %s",
                [self.system.pk, kind],
            )
            n, bad = cursor.fetchone()
            return n, bad


@pytest.fixture(scope="module")
def live(django_db_blocker):
    """The web server alone: receiving needs nobody else."""
    with django_db_blocker.unblock(), LiveStack(has_broker=False, only={"web"}) as stack, orm_on(stack.database):
        yield stack


@pytest.fixture
def receiver(live) -> Receiver:
    number = SignalSource.objects.count()
    system = AISystem.objects.create(slug=f"system-{number}", name=f"System {number}", purpose="Answers customers.")
    source = SignalSource.objects.create(name=f"Peer {number}", system=system)
    return Receiver(live.base_url, system, source, source.issue_token(by=None, now=datetime.now(UTC)))


@pytest.fixture
def program(request: pytest.FixtureRequest) -> str:
    """The path of the program that the test's `debian` mark names."""
    (name,) = _programs(request.node)
    return os.environ[_variable(name)]


@pytest.fixture
def owned(receiver) -> User:
    """Somebody answers for the receiver's system, so that alerts about it are put before a person."""
    shipped.install()
    owner = factories.person("tess")
    Ownership.objects.create(system=receiver.system, person=owner)
    return owner
