"""The one door for HTTP requests that leave. Nothing else in the product opens a connection to a receiver.

A request goes only to a host on the admin's list, only over https on 443 or 8443, and only to an address
that was checked after resolving: the name is resolved once, every record must pass, and the connection goes
to the number that passed, with the name kept for TLS and the Host header. Redirects are answers like any
other; there are no cookies and no proxies from the environment, because the HTTP core below knows neither.
"""

import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore
from django.conf import settings

from airp.outbound.addresses import HeaderRefused, HostNotAllowed, IPAddress, check_address, parse_target
from airp.outbound.endpoints import AllowedHost

DNS_SECONDS = 2.0
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 15.0
OURSELVES_SECONDS = 6.0
ANSWER_LIMIT_BYTES = 64 * 1024
HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")
HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")


class RequestFailed(Exception):
    """The request certainly was not answered for; sending it again is safe."""

    code = "request_failed"


class NameNotResolved(RequestFailed):
    code = "name_not_resolved"


class ConnectionFailed(RequestFailed):
    """No connection, no TLS, or it broke before the whole request was out."""

    code = "connection_failed"


class AnswerMissing(Exception):
    """The whole request went out, but no complete answer came: nobody knows what the receiver did."""

    code = "no_answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said: status, lower-case headers and at most 64 KiB of body."""

    status: int
    headers: dict[str, str]
    body: bytes


def post(url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send one POST. Raises a kind of OutboundRefused, RequestFailed or AnswerMissing."""
    return send(method="POST", url=url, body=body, headers=headers)


def send(*, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send one request and read the answer, within 15 s in all. Redirects are not followed.

    Raises OutboundRefused (nothing left), RequestFailed (safe to repeat) or AnswerMissing (in doubt).
    """
    target = parse_target(url)
    if not AllowedHost.covers(target.host):
        raise HostNotAllowed(f"{target.host} is not on the list of allowed hosts.")
    checked = {
        "Accept-Encoding": "identity",
        "User-Agent": "airp",
        "Connection": "close",
        **_checked(headers),
    }
    door = _CheckedNetwork(deadline=time.monotonic() + TOTAL_SECONDS)
    with httpcore.ConnectionPool(network_backend=door, ssl_context=_tls(), max_connections=1) as pool:
        return _exchange(pool, method=method, url=target.url, headers=checked, body=body)


def post_to_ourselves(path: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
    """One POST to this installation's own address, which only its operator chooses (`AIRP_BASE_URL`).

    The list of allowed hosts and the filter of addresses do not apply: nobody can aim it. 6 s in all.
    Raises RequestFailed or AnswerMissing.
    """
    door = _OwnNetwork(deadline=time.monotonic() + OURSELVES_SECONDS)
    ours = {"User-Agent": "airp", "Connection": "close", **_checked(headers)}
    with httpcore.ConnectionPool(network_backend=door, ssl_context=_tls(), max_connections=1) as pool:
        return _exchange(pool, method="POST", url=settings.BASE_URL + path, headers=ours, body=body)


def _exchange(
    pool: httpcore.ConnectionPool, *, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    timeouts = {
        "connect": CONNECT_SECONDS,
        "read": READ_SECONDS,
        "write": READ_SECONDS,
        "pool": CONNECT_SECONDS,
    }
    try:
        with pool.stream(
            method, url, headers=list(headers.items()), content=body, extensions={"timeout": timeouts}
        ) as response:
            received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status, received, _limited(response.iter_stream()))
    except (httpcore.ReadTimeout, httpcore.ReadError, httpcore.RemoteProtocolError) as error:
        raise AnswerMissing(f"{type(error).__name__}: {error}") from error
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise ConnectionFailed(f"{type(error).__name__}: {error}") from error


def _limited(chunks: Iterable[bytes]) -> bytes:
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        if len(kept) >= ANSWER_LIMIT_BYTES:
            break
    return bytes(kept[:ANSWER_LIMIT_BYTES])


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise HeaderRefused(f"The header {name!r} holds characters that a header must not hold.")
    return headers


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def resolve(host: str, port: int) -> list[IPAddress]:
    """All addresses of a name, within 2 s. Raises NameNotResolved."""
    answers: queue.SimpleQueue[list[IPAddress] | OSError | UnicodeError] = queue.SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, answers), daemon=True).start()
    try:
        found = answers.get(timeout=DNS_SECONDS)
    except queue.Empty as error:
        raise NameNotResolved(f"{host} was not resolved within {DNS_SECONDS:.0f} s.") from error
    if isinstance(found, Exception):
        raise NameNotResolved(f"{host} was not resolved: {found}") from found
    return found


def _look_up(host: str, port: int, answers: "queue.SimpleQueue[list[IPAddress] | OSError | UnicodeError]") -> None:
    try:
        records = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put([ipaddress.ip_address(record[4][0]) for record in records])
    except (OSError, UnicodeError) as error:
        answers.put(error)
    except ValueError as error:  # such as an address with a zone: never one of ours
        answers.put(OSError(str(error)))


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects only to addresses that passed the filter, and never beyond the deadline."""

    def __init__(self, *, deadline: float) -> None:
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._resolved(host, port)
        give_up = min(time.monotonic() + (timeout or CONNECT_SECONDS), self._deadline)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                stream = self._network.connect_tcp(
                    str(address), port, timeout=_left(give_up), socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, deadline=self._deadline)
        raise failure

    def _resolved(self, host: str, port: int) -> list[IPAddress]:
        addresses = resolve(host, port)
        for address in addresses:
            check_address(address)
        return addresses


class _OwnNetwork(_CheckedNetwork):
    """The way to ourselves may lead through this very machine."""

    def _resolved(self, host: str, port: int) -> list[IPAddress]:
        return resolve(host, port)


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)


class _TimedStream(httpcore.NetworkStream):
    """A stream whose reads and writes end with the whole request's deadline, however slowly bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream, *, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=self._within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, timeout=self._within(timeout))
        return _TimedStream(secured, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _within(self, timeout: float | None) -> float:
        left = _left(self._deadline)
        return left if timeout is None else min(timeout, left)
