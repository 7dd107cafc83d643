"""Sending a delivery over a person's own channel. Such channels know no key that would make a repeat harmless."""

import json
from datetime import datetime

from airp.outbound.addresses import OutboundRefused
from airp.outbound.apprise_door import Exchange, notify
from airp.outbound.http import AnswerMissing, RequestFailed, post
from airp.outbound.models import AttemptOutcome, Delivery
from airp.outbound.outcomes import Outcome
from airp.outbound.personal import ChannelKind, ChannelState, PersonalChannel
from airp.outbound.redaction import redact
from airp.outbound.webhooks import outcome_of

REPEAT = "(May be a repeat: the first try got no answer.)"
Trouble = OutboundRefused | RequestFailed | AnswerMissing


def send_personal(delivery: Delivery, channel: PersonalChannel, *, now: datetime) -> Outcome:
    """Try once. Known failures become outcomes, others are raised."""
    if channel.state == ChannelState.REMOVED:
        return Outcome(AttemptOutcome.REFUSED, "channel_removed", "Its person removed the channel.")
    text = _text(delivery)
    if channel.kind == ChannelKind.SLACK:
        return _slack(delivery, channel.url, text, now=now)
    try:
        is_content, exchange = notify(channel.url, title=delivery.subject, body=text)
    except OutboundRefused as error:
        return _troubled(error)
    return _outcome(is_content, exchange, now=now)


def _slack(delivery: Delivery, url: str, text: str, *, now: datetime) -> Outcome:
    body = json.dumps({"text": f"{_escaped(delivery.subject)}\n{_escaped(text)}"}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(delivery.idem_key)}
    try:
        return outcome_of(post(url, body=body, headers=headers), now=now)
    except (OutboundRefused, RequestFailed, AnswerMissing) as error:
        return _troubled(error)


def _escaped(text: str) -> str:
    """What stands for itself in Slack's markup: no links, no mentions of whole channels."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(delivery: Delivery) -> str:
    is_doubtful = delivery.attempts.filter(outcome=AttemptOutcome.UNKNOWN).exists()
    return f"{REPEAT}\n{delivery.body}" if is_doubtful else delivery.body


def _outcome(is_content: bool, exchange: Exchange, *, now: datetime) -> Outcome:  # noqa: FBT001 - what the plugin said
    if exchange.error is not None:
        return _troubled(exchange.error)
    if is_content:
        return Outcome(AttemptOutcome.SENT)
    if exchange.answers:
        told = outcome_of(exchange.answers[-1], now=now)
        if told.kind != AttemptOutcome.SENT:
            return told
    return Outcome(AttemptOutcome.REFUSED, "channel_refused", "The service did not take the text.")


def _troubled(error: Trouble) -> Outcome:
    kind = {OutboundRefused: AttemptOutcome.REFUSED, RequestFailed: AttemptOutcome.FAILED}
    found = next((kind[base] for base in kind if isinstance(error, base)), AttemptOutcome.UNKNOWN)
    return Outcome(found, error.code, redact(str(error)))
