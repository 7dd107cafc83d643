"""Mail: the session that sends deliveries, and the backend that turns Django's own mails into deliveries."""

import smtplib
import time
import uuid
from collections.abc import Sequence
from email.utils import parseaddr
from types import TracebackType
from typing import Self

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from airp.outbound.enclosures import with_enclosures
from airp.outbound.models import AttemptOutcome, Delivery
from airp.outbound.outcomes import MAIL_SERVER_AWAY, Outcome
from airp.outbound.planning import plan_mail_to_address
from airp.outbound.redaction import redact

IDLE_LIMIT_SECONDS = 5
MAILS_PER_CONNECTION = 100
PERMANENT_FROM = 500
log = structlog.get_logger(__name__)


def message_id(delivery: Delivery) -> str:
    """The same for every try, so that a receiver can tell a repeat."""
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"
    return f"<{delivery.idem_key}@{domain}>"


def message_of(delivery: Delivery) -> EmailMessage:
    """The mail of a delivery: plain text, one recipient, marked as written by a machine."""
    return EmailMessage(
        subject=delivery.subject,
        body=with_enclosures(delivery.body, delivery.enclosure),
        from_email=settings.MAIL_FROM,
        to=[delivery.address],
        headers={"Message-ID": message_id(delivery), "Auto-Submitted": "auto-generated"},
    )


class MailSession:
    """Sends mails over one connection as long as it stays fresh. Opens it with the first mail."""

    def __init__(self) -> None:
        self._connection: BaseEmailBackend | None = None
        self._used_at = 0.0
        self._mails = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, delivery: Delivery) -> Outcome:
        """Try once. Known refusals and doubts become outcomes; anything else is raised."""
        message = message_of(delivery)
        try:
            connection = self._open()
        except (OSError, smtplib.SMTPException) as error:
            return _failed(AttemptOutcome.FAILED, MAIL_SERVER_AWAY, error)
        outcome = _hand_over(connection, message)
        if outcome.kind != AttemptOutcome.SENT:
            self.close()
        return outcome

    def _open(self) -> BaseEmailBackend:
        is_stale = time.monotonic() - self._used_at > IDLE_LIMIT_SECONDS or self._mails >= MAILS_PER_CONNECTION
        if self._connection is not None and is_stale:
            self.close()
        if self._connection is None:
            connection: BaseEmailBackend = mailers["smtp"]
            connection.open()
            self._connection, self._mails = connection, 0
        self._used_at = time.monotonic()
        self._mails += 1
        return self._connection

    def close(self) -> None:
        """Say goodbye; a server that does not answer it has the mails all the same."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.close()
        except (OSError, smtplib.SMTPException) as error:
            log.info("mail_goodbye_failed", error=type(error).__name__)


def _hand_over(connection: BaseEmailBackend, message: EmailMessage) -> Outcome:
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        return _answered(code, reason)
    except smtplib.SMTPResponseException as error:
        return _answered(error.smtp_code, error.smtp_error)
    except smtplib.SMTPNotSupportedError as error:
        return _failed(AttemptOutcome.REFUSED, "mail_server_cannot", error)
    except (OSError, smtplib.SMTPException) as error:
        return _failed(AttemptOutcome.UNKNOWN, "no_answer", error)
    except ValueError as error:
        return _failed(AttemptOutcome.REFUSED, "mail_malformed", error)
    return Outcome(AttemptOutcome.SENT)


def _answered(code: int, reason: bytes | str) -> Outcome:
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    kind = AttemptOutcome.REFUSED if code >= PERMANENT_FROM else AttemptOutcome.FAILED
    return Outcome(kind, f"smtp_{code}", redact(text), status_code=code if 0 < code < 1000 else None)


def _failed(kind: AttemptOutcome, error_class: str, error: Exception) -> Outcome:
    return Outcome(kind, error_class, redact(f"{type(error).__name__}: {error}"))


class AttachmentsNotSupported(ValueError):
    """Mails of this installation are plain text; a link to a page takes the place of an attachment."""


class OutboxBackend(BaseEmailBackend):
    """Django's default mailer: each mail becomes one delivery per recipient, wiped once sent."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Plan the mails; returns how many. Raises AttachmentsNotSupported for one with attachments."""
        for message in email_messages:
            if message.attachments:
                raise AttachmentsNotSupported(str(message.subject))
            cause = f"mail/{uuid.uuid4()}"
            for address in message.recipients():
                plan_mail_to_address(
                    cause=cause,
                    step="account_mail",
                    address=parseaddr(address)[1],
                    subject=str(message.subject),
                    text=str(message.body),
                    now=timezone.now(),
                )
        return len(email_messages)
