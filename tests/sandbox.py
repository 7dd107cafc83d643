"""No test reaches beyond this machine: whatever tries, fails loudly where it tries."""

import ipaddress
import socket
from typing import Any

LOCAL_NAMES = {"localhost", "", None}
_connect, _connect_ex, _getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo


class NetworkBanned(RuntimeError):
    """A test tried to reach a machine other than this one."""


def is_local(host: Any) -> bool:
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


def refuse_the_network() -> None:
    """From now on sockets of this process connect to loopback addresses and Unix sockets only."""
    socket.socket.connect = _guarded(_connect)
    socket.socket.connect_ex = _guarded(_connect_ex)
    socket.getaddrinfo = _guarded_lookup


def _guarded(connect: Any) -> Any:
    def guard(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not is_local(address[0]):
            raise NetworkBanned(f"A test tried to connect to {address[0]}.")
        return connect(self, address)

    return guard


def _guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
    if not is_local(host) and not _is_address(host):
        raise NetworkBanned(f"A test tried to look up {host}.")
    return _getaddrinfo(host, *args, **kwargs)


def _is_address(host: Any) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
