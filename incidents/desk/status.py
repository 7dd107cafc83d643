"""What people outside the team read of an incident: plain words, read-only, live. And asking for mails about it."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Capability
from airp.web.answers import answer, conflicted, go, refused, unchanged
from incidents.classification.figures import Figure, Figures
from incidents.desk.room import NEWEST
from incidents.response.kinds import Kind
from incidents.response.models import Incident, IncidentKind
from incidents.response.refusals import EditConflict, Refusal
from incidents.response.states import OPEN
from incidents.response.timeline import TimelineEntry
from incidents.status import plain
from incidents.status.subscriptions import Subscription, subscribe
from incidents.status.words import LONGEST, StatusWords, word_status

PAGE, LIST, WORDS = "incidents/status.html", "incidents/status_list.html", "incidents/status_words.html"
ENDED_SHOWN_FOR = timedelta(days=14)
MOST = 50


class WordsForm(forms.Form):
    """Two plain texts; what is left empty is said from the record."""

    use_required_attribute = False
    happened = forms.CharField(
        label=gettext_lazy("What happened"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("For people outside the team: plain words, no names, nothing quoted."),
    )
    advice = forms.CharField(
        label=gettext_lazy("What people can do"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What support staff can tell somebody who asks."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


def status_list(request: AirpRequest) -> HttpResponse:
    """What goes on now and what ended within two weeks, the newest first."""
    now = timezone.now()
    told = Incident.objects.told_to(request.user).exclude(kind=IncidentKind.DRILL)
    told = told.filter(Q(state__in=sorted(OPEN)) | Q(closed_at__gte=now - ENDED_SHOWN_FOR))
    found = list(told.select_related("system", "harm_kind").order_by("-declared_at", "-id")[: MOST + 1])
    rows = [
        {
            "reference": each.reference,
            "url": reverse("incidents:status", args=[each.reference]),
            "headline": plain.headline(each),
            "state": plain.state_words(each),
            "is_open": each.is_open,
            "since": each.started_at or each.declared_at,
            "updated_at": each.updated_at,
        }
        for each in found[:MOST]
    ]
    return answer(request, LIST, {"now": now, "rows": rows, "is_cut": len(found) > MOST, "most": MOST})


def status(request: AirpRequest, reference: str) -> HttpResponse:
    return answer(request, PAGE, _context(request, _fetch(request, reference), now=timezone.now()), partial="told")


def live(request: AirpRequest, reference: str) -> HttpResponse:
    """The page as it is now, or 204 while nothing has changed."""
    found = _fetch(request, reference)
    if _version(found) == request.GET.get("v"):
        return unchanged()
    return answer(request, f"{PAGE}#told", _context(request, found, now=timezone.now()))


def words(request: AirpRequest, reference: str) -> HttpResponse:
    """The form in which the team says it in plain words. Two at once see each other's."""
    incident = get_object_or_404(Incident.objects.visible_to(request.user), reference=reference)
    newest = incident.status_words.order_by("-number").first()
    context = {"incident": incident, "defaults": {"happened": plain.happened(incident), "advice": _advice()}}
    if request.method != "POST":
        return answer(request, WORDS, context | {"form": WordsForm(initial=_said(newest))})
    form = WordsForm(request.POST)
    if not form.is_valid():
        return refused(request, WORDS, context | {"form": form})
    given = form.cleaned_data
    try:
        word_status(
            incident,
            happened=given["happened"],
            advice=given["advice"],
            expected=given["version"],
            by=request.user,
            now=timezone.now(),
        )
    except EditConflict:
        return conflicted(request, WORDS, context | _in_conflict(form, newest))
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return refused(request, WORDS, context | {"form": form})
    return go(request, "incidents:status", reference, notice=_("The page says it in these words now."))


def subscription(request: AirpRequest, reference: str) -> HttpResponse:
    """Ask for mails about changes, or for no more of them (`to=end`)."""
    incident, now = _fetch(request, reference), timezone.now()
    if request.POST.get("to") == "end":
        for each in Subscription.objects.standing().filter(incident=incident, person=request.user):
            each.end(now=now)
        return go(request, "incidents:status", reference, notice=_("You get no more mails about it."))
    subscribe(incident, person=request.user, now=now)
    return go(request, "incidents:status", reference, notice=_("You get a mail when it changes."))


def unsubscription(request: HttpRequest, subscription: str) -> HttpResponse:
    """From the mail: the signed link is the proof. GET asks, because mail scanners open links; POST ends it."""
    found = Subscription.of_token(subscription)
    if found is None:
        raise Http404
    if request.method == "POST":
        found.end(now=timezone.now())
        found.refresh_from_db()
    response = answer(request, "incidents/status_unsubscription.html", {"subscription": found})
    response["Cache-Control"] = "no-store"
    return response


def _fetch(request: AirpRequest, reference: str) -> Any:
    told = Incident.objects.told_to(request.user).select_related("system", "harm_kind", "lead")
    return get_object_or_404(told.annotate(newest_seq=NEWEST), reference=reference)


def _version(found: Any) -> str:
    return f"{found.version}.{found.newest_seq}"


def _context(request: AirpRequest, incident: Any, *, now: datetime) -> dict[str, Any]:
    user: User = request.user
    said = incident.status_words.order_by("-number").first()
    updates = TimelineEntry.objects.filter(incident=incident, kind=Kind.UPDATE_POSTED).select_related("text")
    update = updates.order_by("-seq").first()
    exposure = incident.exposures.order_by("-number").first()
    figures = exposure.figures if exposure else Figures()
    return {
        "now": now,
        "incident": incident,
        "headline": plain.headline(incident),
        "severity": incident.terms,
        "happened": (said.happened if said else "") or plain.happened(incident),
        "since": (exposure.since if exposure else None) or incident.started_at or incident.detected_at,
        "known_since": incident.declared_at,
        "until": exposure.until if exposure and exposure.until else incident.contained_at,
        "affected": [
            {"label": _("Met it"), **_counted(figures.exposed)},
            {"label": _("Were harmed"), **_counted(figures.harmed)},
        ],
        "doing": plain.state_words(incident),
        "update": plain.last_update_words(update) if update else "",
        "updated_at": update.happened_at if update else None,
        "next_update_at": incident.next_update_due_at if incident.is_under_way else None,
        "advice": (said.advice if said else "") or _advice(),
        "lead": incident.lead.name if incident.lead else "",
        "is_subscribed": Subscription.objects.standing().filter(incident=incident, person=user).exists(),
        "live_url": f"{reverse('incidents:status_live', args=[incident.reference])}?v={_version(incident)}",
        "may_word": user.can(Capability.ANNOTATE),
        "may_work": user.can(Capability.READ_INCIDENTS),
    }


def _counted(figure: Figure) -> dict[str, str]:
    """A number with what it rests on and how sure it is; unknown is said, never 0."""
    if figure.number is None or figure.confidence is None:
        return {"number": _("not known yet"), "grounds": ""}
    grounds = _("%(basis)s, confidence: %(sure)s") % {
        "basis": figure.basis.label,
        "sure": str(figure.confidence.label).lower(),
    }
    return {"number": f"{figure.number:,}", "grounds": grounds}


def _advice() -> str:
    return _("If you met this, or somebody tells you about it, report it: that is how we find everybody concerned.")


def _said(newest: StatusWords | None) -> dict[str, Any]:
    if newest is None:
        return {"version": 0}
    return {"happened": newest.happened, "advice": newest.advice, "version": newest.number}


def _in_conflict(form: WordsForm, newest: StatusWords | None) -> dict[str, Any]:
    """Theirs and mine; sending again uses mine, on top of theirs."""
    theirs = _said(newest)
    pairs = [
        {"label": form.fields[name].label, "theirs": theirs.get(name, ""), "mine": form.cleaned_data[name]}
        for name in ("happened", "advice")
        if theirs.get(name, "") != form.cleaned_data[name]
    ]
    return {"form": WordsForm(form.cleaned_data | {"version": theirs["version"]}), "conflict": pairs}
