"""Signed webhooks after Standard Webhooks 1.0: headers, signatures, and what an answer means."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from standardwebhooks import Webhook

from airp.outbound.addresses import OutboundRefused
from airp.outbound.endpoints import PING, Endpoint, EndpointState
from airp.outbound.http import Answer, AnswerMissing, RequestFailed, post
from airp.outbound.models import AttemptOutcome, Delivery
from airp.outbound.outcomes import Outcome
from airp.outbound.redaction import redact, redact_answer

WORTH_REPEATING = frozenset({408, 409, 425, 429})


def signed_headers(*, message_id: str, body: str, secrets: list[str], at: datetime) -> dict[str, str]:
    """The headers of one try; several secrets give several signatures, any of which may be verified."""
    moment = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(message_id, moment, body) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
        "Idempotency-Key": message_id,
    }


def send_webhook(delivery: Delivery, endpoint: Endpoint, *, now: datetime) -> Outcome:
    """Try once, to the endpoint's present address. Known failures become outcomes, others are raised."""
    if endpoint.state == EndpointState.DISABLED and delivery.kind != PING:
        return Outcome(AttemptOutcome.REFUSED, "endpoint_disabled", "The endpoint is disabled.")
    headers = signed_headers(
        message_id=str(delivery.idem_key), body=delivery.body, secrets=endpoint.secrets_at(now), at=now
    )
    try:
        answer = post(endpoint.url, body=delivery.body.encode(), headers=headers)
    except OutboundRefused as error:
        return Outcome(AttemptOutcome.REFUSED, error.code, redact(str(error)))
    except RequestFailed as error:
        return Outcome(AttemptOutcome.FAILED, error.code, redact(str(error)))
    except AnswerMissing as error:
        return Outcome(AttemptOutcome.UNKNOWN, error.code, redact(str(error)))
    return outcome_of(answer, now=now)


def outcome_of(answer: Answer, *, now: datetime) -> Outcome:
    """2xx: sent. 410: the endpoint is gone. Other 4xx: refused, but for those that ask to come again."""
    if HTTPStatus(200) <= answer.status < HTTPStatus(300):
        return Outcome(AttemptOutcome.SENT, status_code=answer.status, answer=redact_answer(answer.body))
    is_final = 400 <= answer.status < 500 and answer.status not in WORTH_REPEATING
    return Outcome(
        AttemptOutcome.REFUSED if is_final else AttemptOutcome.FAILED,
        "endpoint_gone" if answer.status == HTTPStatus.GONE else f"http_{answer.status}",
        f"The receiver answered {answer.status}.",
        status_code=answer.status,
        answer=redact_answer(answer.body),
        retry_after=retry_after(answer.headers.get("retry-after", ""), now=now),
    )


def retry_after(value: str, *, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for: seconds or a date. None when absent or unreadable."""
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), 10**8))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(at.replace(tzinfo=at.tzinfo or UTC) - now, timedelta(0))
