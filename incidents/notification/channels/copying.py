"""The same alert over a person's other channels: those their rules name, and one more where the mail is stuck."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from airp.outbound.models import ChannelState, Clearance, DeliveryState, PersonalChannel
from airp.outbound.planning import plan_personal
from incidents.notification.channels.records import AlertCopy, CopyCause
from incidents.notification.models import Alert
from incidents.notification.urgency import URGENT

log = structlog.get_logger(__name__)
SECOND_AFTER, SECOND_AFTER_TRIES = timedelta(seconds=60), 2
STUCK = (DeliveryState.PENDING, DeliveryState.LEASED, DeliveryState.UNKNOWN, DeliveryState.DEAD)


def copy_by_rules(
    alerts: Sequence[Alert], *, subject: str, lines: Sequence[str], visibility: str, now: datetime
) -> None:
    """One text per channel with those of these alerts whose severity its rules name. All are to one person."""
    channels = PersonalChannel.objects.filter(person=alerts[0].recipient_id, state=ChannelState.ACTIVE)
    for channel in channels.prefetch_related("rules__severity"):
        slugs = {rule.severity.slug for rule in channel.rules.all()}
        chosen = [(alert, line) for alert, line in zip(alerts, lines, strict=True) if alert.severity in slugs]
        if chosen:
            _copy(channel, chosen, CopyCause.RULE, subject=subject, visibility=visibility, now=now)


def second_channels(*, now: datetime) -> int:
    """Start one more channel for urgent alerts whose mail failed twice or did not leave in a minute."""
    stuck = Q(delivery__planned_at__lte=now - SECOND_AFTER) | Q(delivery__attempt_count__gte=SECOND_AFTER_TRIES)
    stuck |= Q(delivery__state=DeliveryState.DEAD)
    other = PersonalChannel.objects.filter(person=OuterRef("recipient"), state=ChannelState.ACTIVE)
    copies = AlertCopy.objects.filter(alert=OuterRef("pk"))
    alerts = Alert.objects.open().filter(stuck, priority=URGENT, delivery__state__in=STUCK)
    found = alerts.filter(Exists(other), ~Exists(copies)).order_by("pk").values_list("pk", flat=True)
    return sum(_sparing_the_others(pk, now=now) for pk in found[:200])


def _sparing_the_others(alert_id: int, *, now: datetime) -> int:
    """One alert that raises keeps no other from its second channel."""
    try:
        return _second(alert_id, now=now)
    except Exception:
        log.exception("second_channel_failed", alert=alert_id)
        return 0


@transaction.atomic
def _second(alert_id: int, *, now: datetime) -> int:
    alert = Alert.objects.select_for_update(of=("self",)).select_related("delivery", "incident").get(pk=alert_id)
    channel = (
        PersonalChannel.objects.filter(person=alert.recipient_id, state=ChannelState.ACTIVE).order_by("pk").first()
    )
    if channel is None or alert.delivery is None or alert.copies.exists():
        return 0
    log.warning("second_channel", alert=alert_id, channel=channel.pk)
    chosen = [(alert, alert.page_url)]
    subject, visibility = alert.delivery.subject, alert.delivery.visibility
    _copy(channel, chosen, CopyCause.SECOND, subject=subject, visibility=visibility, now=now)
    return 1


def _copy(
    channel: PersonalChannel,
    chosen: Sequence[tuple[Alert, str]],
    cause: CopyCause,
    *,
    subject: str,
    visibility: str,
    now: datetime,
) -> None:
    first = chosen[0][0]
    delivery = plan_personal(
        channel,
        cause=f"alert/{first.pk}",
        step=f"copy/{cause}",
        kind=f"alert.{first.reason}" if len(chosen) == 1 else "alert.bundle",
        subject=subject,
        text="\n\n".join(line for _alert, line in chosen),
        due_at=now,
        priority=first.priority,
        subject_key=first.subject_key if len(chosen) == 1 else "",
        visibility=Clearance(visibility),
        now=now,
    )
    AlertCopy.objects.bulk_create(
        [AlertCopy(alert=alert, delivery=delivery, cause=cause) for alert, _line in chosen], ignore_conflicts=True
    )
