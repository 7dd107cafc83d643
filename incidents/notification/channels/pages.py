"""How a person is called: mail always, and the channels they add, each with a test that shows what came of it."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from airp.accounts.requests import AirpRequest
from airp.outbound.models import ChannelKind, ChannelState, Delivery, DeliveryState, PersonalChannel
from airp.outbound.personal import MOST_CHANNELS
from airp.outbound.planning import plan_personal
from airp.outbound.sending import send_this
from airp.web.answers import answer, go, refused
from incidents.classification.models import SeverityLevel
from incidents.notification.channels.forms import ChannelForm, RulesForm
from incidents.notification.channels.records import ChannelRule
from incidents.notification.urgency import URGENT

PAGE = "incidents/channels.html"


def channels(request: AirpRequest) -> HttpResponse:
    """My channels, and the form for one more."""
    if request.method != "POST":
        return answer(request, PAGE, _context(request))
    form = ChannelForm(request.POST)
    if form.is_valid() and _mine(request).count() >= MOST_CHANNELS:
        form.add_error(None, _("You have %(most)d channels. Remove one first.") % {"most": MOST_CHANNELS})
    if not form.is_valid():
        return refused(request, PAGE, _context(request, form=form))
    given = {name: form.cleaned_data[name] for name in ("name", "url")}
    kind = ChannelKind(form.cleaned_data["kind"])
    added = PersonalChannel.add(request.user, kind=kind, **given, now=timezone.now())
    _set_rules(added, form.cleaned_data["severities"])
    return go(request, "incidents:channels", notice=_("Added. Send a test next."))


@require_POST
def rules(request: AirpRequest, pk: int) -> HttpResponse:
    """Set which severities go over a channel of mine."""
    found, form = get_object_or_404(_mine(request), pk=pk), RulesForm(request.POST, auto_id=f"rules-{pk}-%s")
    if not form.is_valid():
        return refused(request, PAGE, _context(request, rules={pk: form}))
    _set_rules(found, form.cleaned_data["severities"])
    return go(request, "incidents:channels", notice=_("Saved."))


@require_POST
def test(request: AirpRequest, pk: int) -> HttpResponse:
    """Send a test over a channel of mine, wait for what comes of it, and show that."""
    found, now = get_object_or_404(_mine(request), pk=pk), timezone.now()
    delivery = plan_personal(
        found,
        cause=f"test/{uuid.uuid4()}",
        step="channel.test",
        kind="channel.test",
        subject=_("Test from airp"),
        text=_("If you read this, alerts reach you here. Nothing is asked of you."),
        due_at=now,
        priority=URGENT,
        now=now,
    )
    send_this(delivery_id=delivery.pk, clock=timezone.now)
    tested = _tested(Delivery.objects.get(pk=delivery.pk))
    return answer(request, PAGE, _context(request, tested={pk: tested}), partial="list")


@require_POST
def removal(request: AirpRequest, pk: int) -> HttpResponse:
    """Forget a channel of mine."""
    get_object_or_404(_mine(request), pk=pk).remove(now=timezone.now())
    return go(request, "incidents:channels", notice=_("Removed: its address is forgotten."))


def _mine(request: AirpRequest) -> Any:
    return PersonalChannel.objects.filter(person=request.user, state=ChannelState.ACTIVE).order_by("pk")


def _set_rules(channel: PersonalChannel, severities: Any) -> None:
    channel.rules.exclude(severity__in=severities).delete()
    rules = [ChannelRule(channel=channel, severity=severity) for severity in severities]
    ChannelRule.objects.bulk_create(rules, ignore_conflicts=True)


def _tested(delivery: Delivery) -> dict[str, str]:
    if delivery.state == DeliveryState.SENT:
        return {"tone": "good", "text": _("It arrived at the service. Look whether it reached you.")}
    if delivery.state == DeliveryState.UNKNOWN:
        return {"tone": "high", "text": _("The text went out, but no answer came. Look whether it reached you.")}
    words = {"error": delivery.error_text or delivery.get_state_display()}
    return {"tone": "critical", "text": _("It did not arrive: %(error)s") % words}


def _context(
    request: AirpRequest,
    *,
    form: ChannelForm | None = None,
    rules: dict[int, RulesForm] | None = None,
    tested: dict[int, dict[str, str]] | None = None,
) -> dict[str, Any]:
    rows = [
        {
            "channel": channel,
            "form": (rules or {}).get(channel.pk) or _rules_of(channel),
            "tested": (tested or {}).get(channel.pk),
        }
        for channel in _mine(request).prefetch_related("rules")
    ]
    names = ", ".join(SeverityLevel.objects.order_by("rank").values_list("slug", flat=True))
    return {"rows": rows, "form": form or ChannelForm(), "every_severity": names}


def _rules_of(channel: PersonalChannel) -> RulesForm:
    chosen = [rule.severity_id for rule in channel.rules.all()]
    return RulesForm(initial={"severities": chosen}, auto_id=f"rules-{channel.pk}-%s")
