"""The guard that keeps tests on this machine."""

import socket

import pytest

from tests.sandbox import NetworkBanned


def test_an_address_elsewhere_is_refused() -> None:
    with socket.socket() as line, pytest.raises(NetworkBanned):
        line.connect(("192.0.2.1", 80))


def test_a_name_elsewhere_is_not_even_looked_up() -> None:
    with pytest.raises(NetworkBanned):
        socket.create_connection(("airp.example", 80))


def test_this_machine_is_allowed() -> None:
    with socket.socket() as server, socket.socket() as line:
        server.bind(("127.0.0.1", 0))
        server.listen()
        line.connect(server.getsockname())
