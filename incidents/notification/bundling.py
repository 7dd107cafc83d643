"""Many alerts to one person become one mail; none is dropped, and urgent ones are never put off.

An alert waits for its mail from the moment it is raised until the burst that it belongs to is drawn: `post_waiting`
runs when no consequence waits any more, and with every sweep. Who got a mail a moment ago gets what is not urgent
together a little later; what asks for nothing waits for more of its kind. An urgent one takes all others along.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from airp.outbound.planning import plan_mail
from incidents.notification.audience import may_be_told
from incidents.notification.channels.copying import copy_by_rules
from incidents.notification.models import Alert
from incidents.notification.posting import Posting, posting_of
from incidents.notification.urgency import URGENT
from incidents.notification.wording import bundle_text, short
from incidents.response.visibility import Visibility

log = structlog.get_logger(__name__)
QUIET_AFTER_A_MAIL = timedelta(seconds=60)


def post_waiting(*, now: datetime) -> int:
    """Plan a mail for everybody with an alert whose time has come; returns how many mails.

    One person whose mail raises does not keep the others from theirs.
    """
    due = Alert.objects.unposted().filter(mail_due_at__lte=now).order_by("recipient")
    return sum(_sparing_the_others(pk, now=now) for pk in due.values_list("recipient", flat=True).distinct())


def _sparing_the_others(recipient_id: int, *, now: datetime) -> int:
    try:
        return post_to(recipient_id, now=now)
    except Exception:
        log.exception("posting_failed", person=recipient_id)
        return 0


@transaction.atomic
def post_to(recipient_id: int, *, now: datetime) -> int:
    """One mail with everything that waits for this person; 0 when nothing is due or somebody else posted it."""
    waiting = Alert.objects.unposted().filter(recipient=recipient_id).select_for_update(of=("self",)).order_by("pk")
    alerts = [alert for alert in waiting.select_related("recipient", "incident__system", "level") if _is_told(alert)]
    due = [alert for alert in alerts if alert.mail_due_at is not None and alert.mail_due_at <= now]
    if not due or not (_is_urgent(due) or _was_quiet(recipient_id, now=now)):
        return 0
    _post(sorted(alerts, key=lambda alert: (alert.priority, alert.raised_at, alert.pk)), now=now)
    return 1


def _is_told(alert: Alert) -> bool:
    """Somebody may have lost sight of the incident since they were alerted."""
    incident = alert.incident
    return incident is None or not incident.is_restricted or may_be_told(incident, alert.recipient)


def _is_urgent(alerts: Sequence[Alert]) -> bool:
    return any(alert.priority == URGENT or alert.level_id is not None for alert in alerts)


def _was_quiet(recipient_id: int, *, now: datetime) -> bool:
    lately = Alert.objects.filter(recipient=recipient_id, delivery__planned_at__gt=now - QUIET_AFTER_A_MAIL)
    return not lately.exists()


def _post(alerts: list[Alert], *, now: datetime) -> None:
    first = alerts[0]
    postings = [posting_of(alert, now=now) for alert in alerts]
    text = postings[0].text if len(alerts) == 1 else bundle_text([each.line for each in postings])
    is_alone = len(alerts) == 1
    delivery = plan_mail(
        cause=first.cause if is_alone else f"alerts/{first.pk}-{max(alert.pk for alert in alerts)}",
        step=f"alert/{first.reason}" if is_alone else "alert/bundle",
        kind=f"alert.{first.reason}" if is_alone else "alert.bundle",
        recipient=first.recipient,
        subject=text.subject,
        text=text.body,
        enclosures=[link for each in postings for link in each.links],
        due_at=now,
        priority=first.priority,
        ordering_key="" if first.level_id or not is_alone else first.subject_key,
        subject_key=first.subject_key if is_alone else "",
        visibility=_visibility(postings),
        now=now,
    )
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(delivery=delivery)
    lines = [f"{short(each.line)}\n{alert.page_url}" for alert, each in zip(alerts, postings, strict=True)]
    copy_by_rules(alerts, subject=text.subject, lines=lines, visibility=_visibility(postings), now=now)


def _visibility(postings: Sequence[Posting]) -> Visibility:
    """A mail that holds one restricted incident is for its recipient's eyes only."""
    return max((each.visibility for each in postings), key=lambda seen: seen == Visibility.RESTRICTED)
