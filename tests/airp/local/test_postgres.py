"""The embedded cluster, also after the ways in which machines fail."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest

from airp.local import processes, unprivileged
from airp.local.postgres import APP, DATABASE, OWNER, Cluster
from airp.local.state import State
from airp.local.unprivileged import Disguise, disguise

pytestmark = pytest.mark.long


@pytest.fixture
def cluster(tmp_path: Path):
    cluster = Cluster(State(tmp_path / "a state" / ".state"), is_forgetful=True)
    cluster.start()
    cluster.create_roles()
    yield cluster
    processes.stop([cluster.process])


def test_it_comes_back_after_kill_9_and_a_second_start_changes_nothing(cluster: Cluster) -> None:
    cluster.process.kill()
    cluster.start()
    pid = cluster.process.pid
    cluster.start()

    assert cluster.process.pid == pid
    assert cluster.is_answering


def test_a_lock_that_names_a_foreign_process_is_not_believed(cluster: Cluster) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        lock = cluster.data / "postmaster.pid"
        processes.stop([cluster.process])
        lock.write_text(f"{bystander.pid}\n{cluster.data}\n1700000000\n5432\n{cluster.sockets}\n\n  0  0\nready\n")
        cluster.start()

        assert cluster.is_answering
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_server_whose_record_was_lost_is_taken_over(cluster: Cluster) -> None:
    pid = cluster.process.pid
    cluster.process.forget()
    cluster.start()

    assert cluster.process.pid == pid


def test_the_app_role_is_neither_superuser_nor_owner(cluster: Cluster) -> None:
    with cluster.connect(APP, DATABASE) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("CREATE TABLE mine (id int)")
    with cluster.connect(OWNER, DATABASE) as session:
        session.execute("CREATE TABLE ours (id int)")
        assert session.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone() == (False,)


def test_root_has_a_second_way_where_namespaces_are_forbidden(monkeypatch, tmp_path: Path) -> None:
    works = unprivileged._works
    monkeypatch.setattr(unprivileged, "_works", lambda way: way is not Disguise.NAMESPACE and works(way))
    disguise.cache_clear()
    try:
        expected = Disguise.NOBODY if os.getuid() == 0 else Disguise.NONE
        assert disguise() is expected
        cluster = Cluster(State(tmp_path / ".state"), is_forgetful=True)
        cluster.start()
        assert cluster.is_answering
        processes.stop([cluster.process])
        cluster.state.remove()
        assert not cluster.data.exists()
    finally:
        disguise.cache_clear()
