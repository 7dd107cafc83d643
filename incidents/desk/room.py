"""The incident page as plain data: only what this person may see and do, nothing left for templates to decide."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.web.folds import Choices as FoldChoices
from incidents.attention.mentions import Mention
from incidents.classification.taxonomies import described
from incidents.desk import grading, parts, promises
from incidents.desk.around import around
from incidents.desk.choices import Choices
from incidents.desk.rows import STATE_TONES
from incidents.desk.steps import STEPS, Step, next_step, roles_with
from incidents.desk.timeline import page_of, timeline
from incidents.desk.timeline_filter import TimelineFilter
from incidents.desk.verb_form import VerbForm
from incidents.response.gates import obstacles
from incidents.response.models import Incident
from incidents.response.presence import presence
from incidents.response.states import MOVES, PATH, State
from incidents.response.timeline import TimelineEntry

NEWEST = Subquery(TimelineEntry.objects.filter(incident=OuterRef("pk")).order_by("-seq").values("seq")[:1])
# Beside the next step; the other steps stand where their subject is shown.
BESIDE_NEXT = ("triage", "severity", "dismiss", "reopen")
# Drawn only while it is the next step
OF_THE_PATH = ("acknowledge", "contain", "resolve", "close")
MOST_OWED = 5
# Always drawn: the box for words under the timeline
SAID = ("notes", "updates")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A form that came back: refused with its errors, or in conflict with what a colleague did meanwhile."""

    step: Step
    form: VerbForm | None = None
    conflict: tuple[dict[str, Any], ...] = ()


def version_of(user: User, reference: str) -> str | None:
    """What the live region compares: changes with each entry and each change. None if it does not exist for them."""
    found = Incident.objects.visible_to(user).filter(reference=reference).values_list("version", NEWEST)
    return next((f"{version}.{seq}" for version, seq in found), None)


def compose(
    request: HttpRequest,
    incident: Incident,
    *,
    now: datetime,
    attempt: Attempt | None = None,
) -> dict[str, Any]:
    """Everything that templates/incidents/incident.html needs. The address says which part of the timeline."""
    user: User = request.user  # type: ignore[assignment]
    chosen, newest = TimelineFilter.of(request), getattr(incident, "newest_seq", 0)
    entries, is_more = page_of(incident, chosen, newest=newest)
    drawn = _drawn_at_once(incident, attempt)
    near = around(incident, reader=user, now=now, has_choices=any(STEPS[name].form.lists for name in drawn))
    offers = _offers(user, incident, near.choices, attempt, drawn)
    leading = _next(user, incident, offers)  # before the panels, which show what the gates have read
    folded = FoldChoices.of(request)
    found = parts.parts_of(request, incident, folded, now=now)
    severity = parts.severity_fold(incident, is_asked=_is_open(offers, "assessment"))
    record = parts.timeline_fold(newest)
    clocks = promises.clocks_of(incident, found.clocks)
    owed = promises.owed_of(user, incident, found.owed)
    return {
        "now": now,
        "incident": incident,
        "url": reverse("incidents:incident", args=[incident.reference]),
        "live_query": "&".join(filter(None, [f"v={incident.version}.{newest}", chosen.url_query])),
        "severity": incident.terms,
        "state_tone": STATE_TONES[State(incident.state)],
        "steps": _stepper(incident),
        "offers": offers,
        "next": leading,
        "beside": [offers[name] for name in BESIDE_NEXT if name in offers and not offers[name]["is_next"]],
        "stray": _stray(offers, attempt),
        "say": _say(offers),
        "take_lead": "lead" in offers and incident.lead_id != user.pk,
        "hand_over_url": _hand_over_url(user, incident),
        "grade": grading.panel(incident),
        "tags": described(incident.tags),
        "clocks": clocks,
        "next_clock": next((clock for clock in clocks if clock["met_at"] is None), None),
        "owed": owed[:MOST_OWED],
        "owed_more": max(len(owed) - MOST_OWED, 0),
        "owed_count": len(owed),
        "harm": found.harm,
        "bar": parts.bar([severity, *found.folds, record]),
        "severity_fold": severity,
        "is_severity_folded": not _is_open(offers, "assessment") and folded.is_shut(severity),
        "timeline_fold": record,
        "is_timeline_folded": parts.is_timeline_shut(
            folded, record, chosen, is_said=any(_is_open(offers, each) for each in SAID)
        ),
        "are_times_folded": not _is_open(offers, "times") and folded.is_shut(parts.TIMES),
        "around": near,
        "times": promises.times_of(incident),
        **timeline(incident, entries, near, chosen, user),
        "older": chosen.at(entries[-1].seq) if is_more else "",
        "is_at_top": not entries or entries[0].seq == newest or (chosen.before is None and chosen.entry is None),
        "banners": parts.banners_of(request, incident, now=now),
        "panels": found.panels,
    }


def _is_open(offers: dict[str, dict[str, Any]], name: str) -> bool:
    return name in offers and bool(offers[name]["is_open"])


def _hand_over_url(user: User, incident: Incident) -> str:
    """Where whoever leads it offers the lead with a packet."""
    if incident.lead_id != user.pk or not incident.is_open or not user.can(Capability.ANNOTATE):
        return ""
    return reverse("incidents:handoff_of_lead", args=[incident.reference])


def _stepper(incident: Incident) -> list[dict[str, Any]]:
    """The path of the states, each done (with its time), current or to come."""
    if incident.state == State.DISMISSED:
        ended = _done(State.DISMISSED, incident.closed_at)
        ended |= {"label": _("Merged")} if incident.merged_into_id else {}
        return [_done(State.REPORTED, incident.declared_at), ended]
    at = {
        State.REPORTED: incident.declared_at,
        State.TRIAGED: incident.triaged_at,
        State.CONTAINED: incident.contained_at,
        State.RESOLVED: incident.resolved_at,
        State.CLOSED: incident.closed_at,
    }
    reached = PATH.index(State(incident.state))
    return [
        _done(state, at[state])
        if place < reached or state == incident.state == State.CLOSED
        else {"label": state.label, "state": "current", "at": at[state]}
        if place == reached
        else {"label": state.label, "state": "coming", "at": None}
        for place, state in enumerate(PATH)
    ]


def _done(state: State, at: datetime | None) -> dict[str, Any]:
    return {"label": state.label, "state": "done", "at": at}


def offer_alone(incident: Incident, step: Step, *, reader: User, now: datetime) -> dict[str, Any]:
    """One form by itself, for the place on the page where it is opened."""
    near = around(incident, reader=reader, now=now, has_choices=bool(step.form.lists))
    return {"offer": _offer(step, incident, near.choices, None, frozenset({step.name}))}


def _drawn_at_once(incident: Incident, attempt: Attempt | None) -> frozenset[str]:
    """The forms that are part of the page; the others are fetched when somebody opens them."""
    leading = next_step(incident)
    return frozenset({*SAID, *([leading.name] if leading else []), *([attempt.step.name] if attempt else [])})


def _offers(
    user: User, incident: Incident, choices: Choices, attempt: Attempt | None, drawn: frozenset[str]
) -> dict[str, dict[str, Any]]:
    """The forms that this person can use now, by name. The one that came back is shown even if it no longer fits."""
    leading = next_step(incident)
    return {
        step.name: _offer(step, incident, choices, attempt, drawn) | {"is_next": step is leading}
        for step in STEPS.values()
        if step.is_open_to(user, incident) or (attempt is not None and attempt.step is step and attempt.form)
    }


def _offer(
    step: Step, incident: Incident, choices: Choices, attempt: Attempt | None, drawn: frozenset[str]
) -> dict[str, Any]:
    mine = attempt if attempt is not None and attempt.step is step else None
    form = mine.form if mine and mine.form else None
    if form is None and step.name in drawn:
        form = step.form(incident=incident, name=step.form_name, choices=choices)
    return {
        "name": step.name,
        "url": reverse(f"incidents:{step.name}", args=[incident.reference]),
        "form": form,
        "title": step.title,
        "button": step.button,
        "key": step.key,
        "is_open": mine is not None,
        "conflict": mine.conflict if mine else (),
    }


def _next(user: User, incident: Incident, offers: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The one primary action, or who can take it and what stands in its way."""
    step = next_step(incident)
    if step is None:
        return None
    missing = obstacles(incident, step.verbs[0], by=user)
    capability = MOVES[step.verbs[0]].capability
    return {
        "title": step.title,
        "offer": offers.get(step.name),
        "obstacles": missing,
        "who_can": "" if user.can(capability) else ", ".join(roles_with(capability)),
    }


def _stray(offers: dict[str, dict[str, Any]], attempt: Attempt | None) -> dict[str, Any] | None:
    """A refused step that has no place on the page any more: its words must still be read, and its text kept."""
    offer = offers.get(attempt.step.name) if attempt and attempt.form else None
    is_drawn = offer and (offer["is_next"] or offer["name"] not in OF_THE_PATH)
    return None if is_drawn else offer


def _say(offers: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Notes and updates share one box; the form that came back is the one drawn."""
    said = [offers[name] for name in SAID if name in offers]
    shown = next((offer for offer in said if offer["is_open"]), said[0] if said else None)
    return shown and shown | {"buttons": said}


def _presence() -> RawSQL:
    return presence(import_string(settings.INCIDENT_PRESENCE))


def incidents_of_the_page(user: User) -> QuerySet[Incident]:
    """The incidents that exist for a person, with the names that the page shows, in one query."""
    found = Incident.objects.visible_to(user).select_related(
        "system", "harm_kind", "lead", "declared_by", "assessment__by", "assessment__words"
    )
    waiting = Mention.objects.waiting().filter(incident=OuterRef("pk"), person=user)
    return found.annotate(newest_seq=NEWEST, is_mentioned=Exists(waiting), present=_presence())
