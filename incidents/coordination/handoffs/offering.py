"""Offering a handoff, and offering it again with other words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.holdings import holding_of_lane, holding_of_lead, may_give_lead
from incidents.coordination.handoffs.records import HandoffItem, HandoffPacket
from incidents.coordination.handoffs.states import HandoffKind, HandoffState, HandoffVerb, Outcome
from incidents.coordination.lane import IncidentLane
from incidents.coordination.lane_states import AT_WORK
from incidents.coordination.refusals import CannotBeOffered, HandoffInWrongState
from incidents.response.holdings import Holding, HoldingKind, holders
from incidents.response.kinds import Kind, Occasion
from incidents.response.models import Incident
from incidents.response.packets import Section
from incidents.response.refusals import AlreadyDone, ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.timeline import announce

MOST_OF_EACH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """To whom, until when, with which words; `incident` for a lead, `lane` for a lane, neither for a shift."""

    receiver: User
    due_at: datetime
    words: Mapping[str, str]
    incident: Incident | None = None
    lane: IncidentLane | None = None

    @property
    def kind(self) -> HandoffKind:
        if self.lane is not None:
            return HandoffKind.LANE
        return HandoffKind.LEAD if self.incident is not None else HandoffKind.SHIFT


@dataclass(frozen=True, slots=True)
class Sorted:
    """What would pass to somebody, and what stays with the giver, each with the reason."""

    passing: list[Holding]
    staying: list[tuple[Holding, str]]


@transaction.atomic
def offer(wanted: Offer, *, by: User, now: datetime) -> Handoff:
    """Raises NotPermitted, CannotBeOffered, CannotSee, AlreadyDone, ImpossibleTime or ReasonMissing."""
    _check_words(wanted.words, wanted.due_at, now=now)
    _check_receiver(wanted.receiver, by=by)
    found = _sorted(wanted, by=by, now=now)
    _check_is_first(wanted, by=by)
    made = Handoff(
        kind=wanted.kind,
        incident=wanted.lane.incident if wanted.lane else wanted.incident,
        lane=wanted.lane,
        giver=by,
        receiver=wanted.receiver,
        offered_at=now,
        asked_at=now,
        due_at=wanted.due_at,
    )
    made.remind_at = made.reminder_at(since=now)
    made.save(force_insert=True)
    _freeze(made, wanted.words, found, by=by, now=now)
    made.tell(Kind.HANDOFF_OFFERED, by=by, now=now)
    announce(Occasion.HANDOFF_MOVED, facts=made.news(by=by.pk), now=now)
    return made


@transaction.atomic
def revise(handoff: Handoff, *, words: Mapping[str, str], due_at: datetime, by: User, now: datetime) -> None:
    """Other words, as the next version: what was read of the former one cannot be accepted any more.

    What passes is looked up anew, as it is now. Raises what `offer` raises, and HandoffInWrongState.
    """
    handoff.begin(HandoffVerb.REVISE, by=by, words=words.get(Section.STANDING, ""))
    _check_words(words, due_at, now=now)
    _check_receiver(handoff.receiver, by=by)
    lead = handoff.incident if handoff.kind == HandoffKind.LEAD else None
    wanted = Offer(receiver=handoff.receiver, due_at=due_at, words=words, incident=lead, lane=handoff.lane)
    found = _sorted(wanted, by=by, now=now)
    handoff.version += 1
    handoff.state, handoff.note, handoff.unanswered_at = HandoffState.OFFERED, "", None
    handoff.asked_at, handoff.due_at = now, due_at
    handoff.remind_at = handoff.reminder_at(since=now)
    fields = ("version", "state", "note", "unanswered_at", "asked_at", "due_at", "remind_at")
    handoff.save(update_fields=fields)
    _freeze(handoff, words, found, by=by, now=now)
    handoff.tell(Kind.HANDOFF_REVISED, by=by, now=now)
    announce(Occasion.HANDOFF_MOVED, facts=handoff.news(by=by.pk), now=now)


def shift_of(giver: User, *, receiver: User | None, now: datetime) -> Sorted:
    """Everything that the giver holds, sorted by whether it may pass to the receiver."""
    held = [each for holder in holders() for each in holder.held_by(giver, now=now, most=MOST_OF_EACH)]
    return sort_for(held, giver=giver, receiver=receiver)


def sort_for(held: Sequence[Holding], *, giver: User, receiver: User | None) -> Sorted:
    """One query, for the incidents that the receiver may see."""
    if receiver is None:
        return Sorted(list(held), [])
    wanted = {each.incident_id for each in held if each.incident_id is not None}
    seen = set(Incident.objects.visible_to(receiver).filter(pk__in=wanted).values_list("pk", flat=True))
    found = Sorted([], [])
    for each in held:
        if why := _why_not(each, giver, receiver, seen):
            found.staying.append((each, why))
        else:
            found.passing.append(each)
    return found


def _why_not(each: Holding, giver: User, receiver: User, seen: set[int]) -> str:
    if each.incident_id is not None and each.incident_id not in seen:
        return _("%(name)s cannot see this incident; a role on it would let them.") % {"name": receiver.name}
    if each.kind == HoldingKind.INCIDENT and not may_give_lead(giver) and not may_give_lead(receiver):
        return _("Neither you nor %(name)s may change who leads. Ask whoever does triage.") % {"name": receiver.name}
    if not receiver.can(each.demands):
        return _("%(name)s has no role that can answer for this.") % {"name": receiver.name}
    return ""


def _sorted(wanted: Offer, *, by: User, now: datetime) -> Sorted:
    """What is offered, with the incidents locked in their order."""
    if wanted.kind == HandoffKind.SHIFT:
        User.objects.select_for_update().get(pk=by.pk)
        found = shift_of(by, receiver=wanted.receiver, now=now)
        if not found.passing:
            raise CannotBeOffered(_nothing_passes(found, wanted.receiver))
        _lock({each.incident_id for each in found.passing if each.incident_id is not None})
        return found
    held = _held_lane(wanted.lane, by) if wanted.lane else _held_lead(wanted.incident, by)
    if staying := sort_for([held], giver=by, receiver=wanted.receiver).staying:
        raise CannotBeOffered(_("%(why)s Choose somebody else.") % {"why": staying[0][1]})
    return Sorted([held], [])


def _nothing_passes(found: Sorted, receiver: User) -> str:
    if found.staying:
        return _("%(name)s cannot take any of what you hold. Choose somebody else.") % {"name": receiver.name}
    return _("You lead nothing, have no open task and are not on call: there is nothing to hand over.")


def _held_lead(incident: Incident | None, by: User) -> Holding:
    locked = _lock({incident.pk} if incident else set())[0]
    if locked.lead_id != by.pk:
        raise CannotBeOffered(_("You do not lead this incident. Take the lead first, or ask whoever leads it."))
    _check_open(locked)
    return holding_of_lead(locked)


def _held_lane(lane: IncidentLane, by: User) -> Holding:
    locked = _lock({lane.incident_id})[0]
    if lane.is_there:
        lane.refresh_from_db(from_queryset=IncidentLane.objects.select_for_update(of=("self",)))
    lane.incident = locked
    if lane.lead_id != by.pk:
        raise CannotBeOffered(_("You do not lead this lane. Only whoever leads it offers it."))
    _check_open(locked)
    if lane.state not in AT_WORK:
        raise HandoffInWrongState(
            _("The lane %(lane)s is %(state)s. There is nothing to hand over.")
            % {"lane": lane.name.lower(), "state": lane.get_state_display().lower()}
        )
    return holding_of_lane(lane)


def _lock(ids: set[int]) -> list[Incident]:
    return list(Incident.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))


def _check_open(incident: Incident) -> None:
    if not incident.is_open:
        raise HandoffInWrongState(
            _("%(reference)s is %(state)s. There is nothing to hand over until it is reopened.")
            % {"reference": incident.reference, "state": incident.get_state_display().lower()}
        )


def _check_words(words: Mapping[str, str], due_at: datetime, *, now: datetime) -> None:
    if not words.get(Section.STANDING, "").strip():
        raise ReasonMissing(_("how it stands now"))
    if due_at <= now:
        raise ImpossibleTime(_("That time has passed. Give them time to answer."))


def _check_receiver(receiver: User, *, by: User) -> None:
    if not by.can(Capability.ANNOTATE):
        raise NotPermitted(_("Your roles do not allow handing over. Ask the lead."))
    if receiver.pk == by.pk:
        raise CannotBeOffered(_("You have it already. Choose somebody else."))
    if not receiver.can(Capability.ANNOTATE):
        raise NotPermitted(_("%(name)s has no role that works on incidents.") % {"name": receiver.name})


def _check_is_first(wanted: Offer, *, by: User) -> None:
    """One offer at a time: two people who accept the same would be one too many."""
    pending = Handoff.objects.pending().filter(kind=wanted.kind).select_related("receiver")
    whose: dict[HandoffKind, dict[str, Any]] = {
        HandoffKind.LEAD: {"incident": wanted.incident},
        HandoffKind.LANE: {"lane": wanted.lane},
        HandoffKind.SHIFT: {"giver": by},
    }
    before = pending.filter(**whose[wanted.kind]).first()
    if before is not None:
        raise AlreadyDone(
            _("It is offered to %(name)s already. Change that offer, or withdraw it first.")
            % {"name": before.receiver.name}
        )


def _freeze(handoff: Handoff, words: Mapping[str, str], found: Sorted, *, by: User, now: datetime) -> None:
    """The words and things of this version, as they are offered."""
    kept = {section.value: words.get(section.value, "").strip() for section in Section}
    packet = HandoffPacket.objects.create(
        handoff=handoff, number=handoff.version, words=kept, written_by=by, written_at=now
    )
    offered = [_item(packet, each, Outcome.OFFERED, "") for each in found.passing]
    left_out = [_item(packet, each, Outcome.LEFT_OUT, why) for each, why in found.staying]
    HandoffItem.objects.bulk_create([*offered, *left_out])


def _item(packet: HandoffPacket, each: Holding, outcome: Outcome, why: str) -> HandoffItem:
    return HandoffItem(
        packet=packet,
        kind=each.kind,
        key=each.key,
        incident_id=each.incident_id,
        title=each.title[:300],
        stands=each.stands[:100],
        due_at=each.due_at,
        url=each.url,
        outcome=outcome,
        why=why,
    )
