"""Deciding in the inbox, one item or many, and taking it back. A refusal of one item stops no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from airp.accounts.models import User
from incidents.classification.models import SeverityLevel
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import AlreadyDone, NotPermitted, ReasonMissing, Refusal, WrongState
from incidents.response.states import State
from incidents.triage.queue import Acceptance, Provider, provider
from incidents.triage.reasons import DeclineReason
from incidents.triage.records import Deed, TriageAct, TriageLine

# The line with Undo stands for 8 s; a slow network and a form without a script get the rest.
UNDO_WITHIN = timedelta(minutes=2)
BY_MACHINES = frozenset({Kind.BREACH_ATTACHED, Kind.REOPENED, Kind.SEVERITY_RAISED})


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item with the package that it belongs to."""

    provider: Provider
    item: Any

    @property
    def system_id(self) -> int:
        return self.provider.system_of(self.item).pk


@dataclass(slots=True)
class Outcome:
    act: TriageAct | None = None
    lines: list[TriageLine] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def incidents(self) -> list[Incident]:
        return list({line.incident.pk: line.incident for line in self.lines if line.incident}.values())


Carry = Callable[[Chosen], Incident | None]


@transaction.atomic
def accept(
    chosen: Sequence[Chosen],
    *,
    levels: Sequence[SeverityLevel],
    by: User,
    now: datetime,
    how: Acceptance | None = None,
) -> Outcome:
    """Declare an incident for the first of each AI system; the others of the system join it."""
    made: dict[int, Incident] = {}

    def carry(one: Chosen) -> Incident:
        if (incident := made.get(one.system_id)) is not None:
            one.provider.attach(one.item, incident, by=by, now=now)
            return incident
        acceptance = how or _as_drafted(one, levels)
        made[one.system_id] = one.provider.accept(one.item, acceptance, by=by, now=now)
        return made[one.system_id]

    return _carry_out(Deed.ACCEPT, chosen, carry, by=by, now=now)


def _as_drafted(one: Chosen, levels: Sequence[SeverityLevel]) -> Acceptance:
    draft = one.provider.draft(one.item, levels=levels)
    if not draft.title or draft.severity is None:
        raise ReasonMissing(_("what the incident is called, on the page of the item"))
    return Acceptance(title=draft.title, summary=draft.summary, severity=draft.severity, harm_kind=draft.harm_kind)


@transaction.atomic
def attach(chosen: Sequence[Chosen], incident: Incident, *, by: User, now: datetime) -> Outcome:
    def carry(one: Chosen) -> Incident:
        one.provider.attach(one.item, incident, by=by, now=now)
        return incident

    return _carry_out(Deed.ATTACH, chosen, carry, by=by, now=now)


@transaction.atomic
def decline(chosen: Sequence[Chosen], why: DeclineReason, *, words: str, by: User, now: datetime) -> Outcome:
    def carry(one: Chosen) -> None:
        one.provider.decline(one.item, why, words=words or str(why.label), by=by, now=now)

    return _carry_out(Deed.DECLINE, chosen, carry, by=by, now=now)


@transaction.atomic
def snooze(chosen: Sequence[Chosen], until: datetime, *, by: User, now: datetime) -> Outcome:
    def carry(one: Chosen) -> None:
        one.provider.snooze(one.item, until, by=by, now=now)

    return _carry_out(Deed.SNOOZE, chosen, carry, by=by, now=now)


def _carry_out(deed: Deed, chosen: Sequence[Chosen], carry: Carry, *, by: User, now: datetime) -> Outcome:
    outcome, known = Outcome(), set[int]()
    for one in chosen:
        try:
            with transaction.atomic():
                if gone := one.provider.claim(one.item):
                    raise AlreadyDone(_("Somebody decided on it meanwhile: %(gone)s.") % {"gone": gone})
                before = one.provider.standing(one.item)
                incident = carry(one)
        except Refusal as refusal:
            outcome.refusals.append(str(refusal))
            continue
        is_new = incident is not None and incident.declared_at == now and incident.pk not in known
        if incident is not None:
            known.add(incident.pk)
        outcome.lines.append(
            TriageLine(
                kind=one.provider.name,
                item=one.item.pk,
                before=before,
                incident=incident,
                declared_seq=1 if is_new else 0,
            )
        )
    if outcome.lines:
        outcome.act = TriageAct.objects.create(by=by, at=now, deed=deed)
        for line in outcome.lines:
            line.act = outcome.act
            if line.declared_seq and line.incident:
                line.declared_seq = line.incident.timeline.aggregate(top=Max("seq"))["top"]
        TriageLine.objects.bulk_create(outcome.lines)
    return outcome


@transaction.atomic
def take_back(act: TriageAct, *, by: User, now: datetime) -> list[Incident]:
    """Put every item as it stood. An incident that the act declared is dismissed, unless somebody touched it.

    All or nothing. Returns the incidents that were dismissed.
    """
    act = TriageAct.objects.select_for_update().get(pk=act.pk)
    if not act.belongs_to(by):
        raise NotPermitted(_("Only whoever decided can take it back. Open the item to decide anew."))
    if act.taken_back_at is not None:
        raise AlreadyDone(_("It was taken back already."))
    if now > act.at + UNDO_WITHIN:
        raise WrongState(_("The time to take it back is over. Open the item to decide anew."))
    lines = list(act.lines.select_related("incident").order_by("-pk"))
    declared = [line for line in lines if line.declared_seq]
    for line in declared:
        _check_untouched(line)
    for line in lines:
        _put_back(line, by=by, now=now)
    dismissed = [incident for line in declared if (incident := line.incident) is not None]
    for incident in dismissed:
        incident.dismiss(by=by, now=now, reason=_("Taken back at once: accepting it in triage was a slip."))
    act.taken_back_at = now
    act.save(update_fields=["taken_back_at"])
    return dismissed


def _check_untouched(line: TriageLine) -> None:
    incident = line.incident
    if incident is None:
        return
    since = list(incident.timeline.filter(seq__gt=line.declared_seq).values_list("kind", "actor_id"))
    if incident.state != State.REPORTED or any(actor or kind in BY_MACHINES for kind, actor in since):
        raise WrongState(
            _("%(reference)s is being worked on already. Dismiss it on its page if it is none.")
            % {"reference": incident.reference}
        )


def _put_back(line: TriageLine, *, by: User, now: datetime) -> None:
    owner = provider(line.kind)
    item = owner.find(line.item, user=by) if owner else None
    if owner is None or item is None:
        raise WrongState(_("One of the items is no longer there for you."))
    owner.take_back(item, line.before, by=by, now=now)
