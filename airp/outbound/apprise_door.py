"""Apprise through the one door: its plugins speak by `requests`, and here `requests` speaks by `airp.outbound.http`.

So every rule of the door holds for them too: allowed hosts, https, checked addresses, no redirects, no proxies, time
and size limits. Only schemes of the list are accepted: plugins that speak by `requests` alone and name one service.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import apprise
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from airp.outbound.addresses import OutboundRefused
from airp.outbound.http import Answer, AnswerMissing, RequestFailed, send

# No generic senders (json, xml, form), no mail, nothing that opens sockets or programs of its own.
SCHEMES = frozenset(
    {
        "discord",
        "gchat",
        "gotifys",
        "mmosts",
        "ntfy",
        "ntfys",
        "opsgenie",
        "pagerduty",
        "pbul",
        "pover",
        "rockets",
        "slack",
        "tgram",
        "wxteams",
        "workflows",
        "zulip",
    }
)

Send = Callable[..., Answer]
logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings would name addresses, which are secrets


class SchemeNotOffered(OutboundRefused):
    code = "scheme_not_offered"


class AddressNotUnderstood(OutboundRefused):
    code = "address_not_understood"


@dataclass
class Exchange:
    """What happened at the door during one notification."""

    hosts: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    error: OutboundRefused | RequestFailed | AnswerMissing | None = None


class _Door(BaseAdapter):
    """Sends what `requests` was asked to send through the one door, and keeps what came of it."""

    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send
        self.exchange = Exchange()

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        self.exchange.hosts.append(urlsplit(request.url or "").hostname or "")
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        headers = {name: _text(value) for name, value in request.headers.items() if name.lower() != "content-length"}
        try:
            answer = self._send(method=request.method or "GET", url=request.url or "", body=body, headers=headers)
        except (OutboundRefused, RequestFailed, AnswerMissing) as error:
            self.exchange.error = error
            raise requests.ConnectionError(error.code) from error
        self.exchange.answers.append(answer)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing stays open."""


_door: ContextVar[_Door | None] = ContextVar("apprise_door", default=None)
_adapter_of = requests.Session.get_adapter


def _get_adapter(self: requests.Session, url: str) -> Any:
    return _door.get() or _adapter_of(self, url)


# Once for the process: outside of `_through_the_door` nothing changes for anybody who uses requests.
requests.Session.get_adapter = _get_adapter  # type: ignore[method-assign]


def notify(url: str, *, title: str, body: str) -> tuple[bool, Exchange]:
    """Send one notification. Returns whether the plugin was content, and what happened at the door.

    Raises SchemeNotOffered or AddressNotUnderstood.
    """
    plugin = plugin_of(url)
    with _through_the_door(send) as exchange:
        is_content = plugin.notify(title=title, body=body, notify_type=apprise.NotifyType.WARNING)
    return bool(is_content), exchange


def hosts_of(url: str) -> list[str]:
    """The hosts that an address would make us speak to, found without speaking to any.

    Raises SchemeNotOffered or AddressNotUnderstood.
    """
    plugin = plugin_of(url)
    with _through_the_door(_nobody_answers) as exchange:
        plugin.notify(title="test", body="test", notify_type=apprise.NotifyType.INFO)
    return list(dict.fromkeys(exchange.hosts))


def plugin_of(url: str) -> Any:
    scheme = url.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise SchemeNotOffered("This kind of address is not offered.")
    plugin = apprise.Apprise.instantiate(url)
    if plugin is None:
        raise AddressNotUnderstood("Apprise does not understand this address.")
    return plugin


def _nobody_answers(**_request: Any) -> Answer:
    raise RequestFailed("Nothing was sent.")


@contextmanager
def _through_the_door(send: Send) -> Iterator[Exchange]:
    door = _Door(send)
    token = _door.set(door)
    try:
        yield door.exchange
    finally:
        _door.reset(token)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    """The answer as `requests` shows it; without the address of a redirect, which is not followed."""
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(
        {name: value for name, value in answer.headers.items() if name != "location"}
    )
    response.raw = BytesIO(answer.body)
    response._content = answer.body  # noqa: SLF001 - as requests' own adapter leaves it when the body was read
    response.url = request.url or ""
    response.request = request
    return response
