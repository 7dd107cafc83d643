"""The inbox of triage: the queue, one item, what a decision asks for, deciding, and taking it back."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from airp.accounts.requests import AirpRequest
from airp.web.answers import answer, go, refused, toast, unchanged, wants_fragment
from incidents.desk.choices import levels
from incidents.desk.inbox import choosing
from incidents.desk.inbox.filters import Filters, Kind, Show, Whose
from incidents.desk.inbox.listing import Queue, context_of, drawn
from incidents.desk.inbox.similar import similar
from incidents.desk.views_bar import Bar
from incidents.response.models import Incident
from incidents.response.refusals import Refusal
from incidents.saved_views.records import ViewedList
from incidents.triage import deciding
from incidents.triage.deciding import Chosen, Outcome
from incidents.triage.queue import Acceptance, Key, one_worse
from incidents.triage.reasons import DeclineReason
from incidents.triage.records import Deed, TriageAct

PAGE, ITEM = "incidents/inbox.html", "incidents/inbox_item.html"


@require_GET
def inbox(request: AirpRequest) -> HttpResponse:
    """What waits, what must be answered first on top. The bare address opens in the person's default view."""
    bar = Bar.of(request.user, ViewedList.TRIAGE)
    if (elsewhere := bar.redirection(request)) and not wants_fragment(request):
        return redirect(elsewhere)
    queue = Queue(request.user, request.GET, now=timezone.now())
    frame = _frame(queue) | bar.context(request.user, queue.filters, levels=queue.levels)
    return answer(request, PAGE, queue.first() | frame, partial="list")


@require_GET
def live(request: AirpRequest) -> HttpResponse:
    """The rows that the page shows, in their places; 204 while nothing changed."""
    queue = Queue(request.user, request.GET, now=timezone.now())
    return unchanged() if queue.is_unchanged else answer(request, f"{PAGE}#list", queue.again())


@require_GET
def item(request: AirpRequest, item: str) -> HttpResponse:
    """One item with what is like it, and the form to accept it. In the pane, or as a page of its own."""
    one = _find(request, item)
    return answer(request, ITEM, _context(request, one, item), partial="item")


@require_GET
def choices(request: AirpRequest) -> HttpResponse:
    """What a decision on the chosen items asks for, each answer with its key."""
    chosen = choosing.found(request.GET.getlist("chosen"), request.user)
    deed = request.GET.get("deed", "")
    if not chosen or deed not in Deed.values:
        return go(request, "incidents:triage_inbox", notice=_("Select what you want to decide on first."))
    context: dict[str, Any] = {"deed": deed, "chosen": [_key(one) for one in chosen], "n": len(chosen)}
    if deed == Deed.ATTACH:
        is_one_system = len({one.system_id for one in chosen}) == 1
        draft = chosen[0].provider.draft(chosen[0].item, levels=list(levels()))
        context["targets"] = similar(draft, request.user, only_open=True) if is_one_system else []
        context["is_one_system"] = is_one_system
    context |= {"reasons": DeclineReason.choices, "untils": choosing.Until.choices, "list": request.GET.get("list", "")}
    return answer(request, "incidents/inbox_choices.html", context, partial="choices")


@require_POST
def decide(request: AirpRequest) -> HttpResponse:
    """Carry a decision out on explicit items; what was refused is told, none stops the others."""
    now, user, texts = timezone.now(), request.user, request.POST.getlist("chosen")
    chosen = choosing.found(texts, user)
    if not chosen:
        return _told(request, Outcome(refusals=[_("Nothing was chosen that still waits for you.")]), texts, now=now)
    if request.POST.get("deed") == Deed.ACCEPT and "accept-title" in request.POST and len(chosen) == 1:
        return _accept_with_words(request, chosen[0], texts, now=now)
    try:
        outcome = _outcome(request, chosen, now=now)
    except Refusal as refusal:
        outcome = Outcome(refusals=[str(refusal)])
    return _told(request, outcome, texts, now=now)


@require_POST
def undo(request: AirpRequest, pk: int) -> HttpResponse:
    """Take a decision of one's own back, within its time."""
    act = get_object_or_404(TriageAct, pk=pk)
    try:
        dismissed = deciding.take_back(act, by=request.user, now=timezone.now())
    except Refusal as refusal:
        return _say(request, str(refusal))
    names = ", ".join(incident.reference for incident in dismissed)
    gone = _("Taken back; %(names)s is dismissed.") % {"names": names} if names else _("Taken back.")
    return _say(request, gone)


def _outcome(request: AirpRequest, chosen: list[Chosen], *, now: datetime) -> Outcome:
    user, given = request.user, request.POST
    match given.get("deed"):
        case Deed.ACCEPT:
            return deciding.accept(chosen, levels=list(levels()), by=user, now=now)
        case Deed.ATTACH:
            reference = given.get("incident", "").strip().upper()[:16]
            incident = Incident.objects.visible_to(user).filter(reference=reference).first()
            if incident is None:
                raise Refusal(_("No incident has the reference “%(given)s”.") % {"given": reference})
            return deciding.attach(chosen, incident, by=user, now=now)
        case Deed.DECLINE if given.get("why") in DeclineReason.values:
            why, words = DeclineReason(given["why"]), given.get("words", "").strip()[:5_000]
            return deciding.decline(chosen, why, words=words, by=user, now=now)
        case Deed.SNOOZE if given.get("until") in choosing.Until.values:
            until = choosing.moment(choosing.Until(given["until"]), user, now=now)
            return deciding.snooze(chosen, until, by=user, now=now)
    raise Refusal(_("Choose what to do with it."))


def _accept_with_words(request: AirpRequest, one: Chosen, texts: list[str], *, now: datetime) -> HttpResponse:
    all_levels = list(levels())
    draft = one.provider.draft(one.item, levels=all_levels)
    form = choosing.AcceptForm(request.POST, draft=draft)
    if form.is_valid():
        given = form.cleaned_data
        level = one_worse(all_levels, given["severity"]) if given["unsure"] else given["severity"]
        how = Acceptance(title=given["title"], summary=draft.summary, severity=level, harm_kind=given["harm_kind"])
        outcome = deciding.accept([one], levels=all_levels, by=request.user, now=now, how=how)
        if outcome.lines:
            return _told(request, outcome, texts, now=now)
        form.add_error(None, " ".join(outcome.refusals))
    return refused(request, ITEM, _context(request, one, _key(one), form=form), partial="item")


def _told(request: AirpRequest, outcome: Outcome, texts: list[str], *, now: datetime) -> HttpResponse:
    """The queue after a decision made in it: the same rows in their places, without what was decided."""
    notice, state = _notice(outcome), QueryDict(request.POST.get("list", ""))
    undo_url = reverse("incidents:triage_undo", args=[outcome.act.pk]) if outcome.act else ""
    if not wants_fragment(request):
        return go(request, Filters.read(state).address(), notice=notice, undo_url=undo_url)
    queue = Queue(request.user, state, now=now)
    done = {(line.kind, line.item) for line in outcome.lines}
    gone = [key for key in queue.shown if (queue.name_of(key), key.pk) in done]
    return toast(answer(request, f"{PAGE}#list", queue.again(without=gone)), notice, undo_url=undo_url)


def _notice(outcome: Outcome) -> str:
    n = len(outcome.lines)
    parts = []
    if outcome.act:
        words = {
            Deed.ACCEPT: ngettext("%(n)d accepted: %(where)s.", "%(n)d accepted: %(where)s.", n),
            Deed.ATTACH: ngettext("%(n)d attached to %(where)s.", "%(n)d attached to %(where)s.", n),
            Deed.DECLINE: ngettext("%(n)d declined.", "%(n)d declined.", n),
            Deed.SNOOZE: ngettext("%(n)d put off.", "%(n)d put off.", n),
        }[Deed(outcome.act.deed)]
        where = ", ".join(incident.reference for incident in outcome.incidents)
        parts.append(words % {"n": n, "where": where})
    return " ".join([*parts, *dict.fromkeys(outcome.refusals[:3])])


def _say(request: AirpRequest, notice: str) -> HttpResponse:
    if not wants_fragment(request):
        return go(request, "incidents:triage_inbox", notice=notice)
    # The list is drawn anew: what was taken back stands in it again (static/js/inbox.js).
    return trigger_client_event(toast(HttpResponse(), notice), "airp:taken-back", {})


def _find(request: AirpRequest, text: str) -> Chosen:
    one = choosing.find(text, request.user)
    if one is None:
        raise Http404
    return one


def _key(one: Chosen) -> str:
    return f"{one.provider.name}-{one.item.pk}"


def _context(
    request: AirpRequest, one: Chosen, text: str, *, form: choosing.AcceptForm | None = None
) -> dict[str, Any]:
    now, user, all_levels = timezone.now(), request.user, list(levels())
    [row] = one.provider.rows([one.item.pk], user=user, levels=all_levels)
    draft = one.provider.draft(one.item, levels=all_levels)
    shown = one.provider.shown(one.item)
    place = Key(row.due or row.since, one.provider.order, row.pk)
    return {
        "now": now,
        "item": drawn(place, row, context_of([row], user), now=now),
        "own": render_to_string(shown.template, {**shown.context, "now": now}, request),
        "similar": similar(draft, user, but=row.incident),
        "form": form or choosing.AcceptForm(draft=draft),
        "reasons": DeclineReason.choices,
        "untils": choosing.Until.choices,
        "list": request.GET.get("list", ""),
    }


def _frame(queue: Queue) -> dict[str, Any]:
    """What stands around the list: pills and the filter form."""
    filters = queue.filters
    tabs = [
        {"label": label, "url": filters.address(kind=value), "count": None, "is_current": filters.kind == value}
        for value, label in Kind.choices
    ]
    return {
        "tabs": tabs,
        "shows": Show.choices,
        "whoses": Whose.choices,
        "levels": queue.levels,
    }
