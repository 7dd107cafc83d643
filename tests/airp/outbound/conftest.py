"""Receivers and a mail server of their own for the tests of the outbox."""

import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.utils import timezone

from airp.accounts.models import User
from airp.outbound.models import AllowedHost, Delivery, Endpoint
from airp.outbound.planning import plan_mail

LONG_AGO = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class MailServer:
    """A real SMTP server that keeps what it accepts, or answers as told."""

    port: int = 0
    answer: str = "250 OK"
    mails: list[Message] = field(default_factory=list)
    senders: set[Any] = field(default_factory=set)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content))
            self.senders.add(session.peer)
        return self.answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    server = MailServer(port=free_port())
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    settings.MAILERS = {
        "default": {"BACKEND": "airp.outbound.mail.OutboxBackend"},
        "smtp": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": server.port, "timeout": 5},
        },
    }
    yield server
    controller.stop()


@pytest.fixture
def planned(tess: User) -> Callable[..., Delivery]:
    """Plan a mail to Tess; the cause is new for each call unless given."""
    count = iter(range(1, 100_000))

    def plan(**given: Any) -> Delivery:
        now = timezone.now()
        defaults: dict[str, Any] = {
            "cause": f"incident/1#{next(count)}",
            "step": "alert_owner",
            "recipient": tess,
            "subject": "AIR-2026-0001 SEV1: acknowledge",
            "text": "An incident waits for you.",
            "due_at": now - timedelta(seconds=1),
            "priority": 1,
            "now": now,
        }
        return plan_mail(**{**defaults, **given})

    return plan


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    AllowedHost.objects.create(name="hooks.example.com", reason="Status page")
    return Endpoint.objects.create(
        name="Status page", url="https://hooks.example.com/airp", types=["incident.declared"]
    )
