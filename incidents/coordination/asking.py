"""Asking for a sign-off, and the reminders of whoever was asked."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.coordination.refusals import CannotSee, NotAsked, SignOffInWrongState
from incidents.coordination.sign_off import SignOff, digest_of
from incidents.coordination.sign_off_states import Silence
from incidents.response.kinds import Kind, Occasion
from incidents.response.models import Incident
from incidents.response.refusals import ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.timeline import announce, append


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be approved, by whom, until when, and what no answer means."""

    title: str
    content: str
    why_now: str
    due_at: datetime
    role: Role | None = None
    person: User | None = None
    silence: Silence = Silence.HOLDS


@transaction.atomic
def ask(incident: Incident, wanted: Wanted, *, by: User, now: datetime) -> SignOff:
    """Raises NotPermitted, SignOffInWrongState, ReasonMissing, ImpossibleTime, NotAsked or CannotSee."""
    locked = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    _check(locked, wanted, by=by, now=now)
    content = wanted.content.strip()
    last = SignOff.objects.filter(incident=locked).aggregate(last=Max("number"))["last"] or 0
    made = SignOff(
        incident=locked,
        number=last + 1,
        title=wanted.title.strip(),
        why_now=wanted.why_now.strip(),
        role=wanted.role.value if wanted.role else "",
        person=wanted.person,
        asked_by=by,
        asked_at=now,
        due_at=wanted.due_at,
        silence=wanted.silence,
        digest=digest_of(content),
        written_by=by,
    )
    made.remind_at = made.reminder_at(since=now)
    made.save(force_insert=True)
    made.versions.create(number=1, content=content, digest=made.digest, written_by=by, written_at=now)
    append(locked, kind=Kind.SIGN_OFF_ASKED, by=by, now=now, facts=made.facts, text=made.title)
    return made


@transaction.atomic
def remind_of_sign_off(sign_off_id: int, *, now: datetime) -> bool:
    """Queue the reminder, and at the deadline say what no answer means. False when it is not so any more."""
    found = SignOff.objects.filter(pk=sign_off_id).values_list("incident", flat=True).first()
    if found is None:
        return False
    incident = Incident.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=found).first()
    claimed = SignOff.objects.select_for_update(of=("self",)).waiting()
    sign_off = claimed.filter(pk=sign_off_id, remind_at__lte=now).first()
    if incident is None or sign_off is None:
        return False
    sign_off.incident = incident
    if now >= sign_off.due_at:
        sign_off.pass_deadline(now=now)
        return True
    sign_off.remind_at = sign_off.due_at
    sign_off.save(update_fields=["remind_at"])
    announce(Occasion.SIGN_OFF_DUE, facts=sign_off.facts | {"incident": incident.pk, "title": sign_off.title}, now=now)
    return True


def due_sign_offs(*, now: datetime, most: int) -> list[int]:
    """Ids of sign-offs that the sweep should look at."""
    due = SignOff.objects.waiting().filter(remind_at__lte=now).order_by("remind_at", "id")
    return list(due.values_list("pk", flat=True)[:most])


def _check(incident: Incident, wanted: Wanted, *, by: User, now: datetime) -> None:
    if not by.can(Capability.ANNOTATE):
        raise NotPermitted(_("Your roles do not allow asking for sign-offs. Ask the lead."))
    if not incident.is_open:
        raise SignOffInWrongState(
            _("%(reference)s is %(state)s. Sign-offs can be asked for until it is closed.")
            % {"reference": incident.reference, "state": incident.get_state_display().lower()}
        )
    if not wanted.title.strip() or not wanted.content.strip():
        raise ReasonMissing(_("what should be approved"))
    if wanted.due_at <= now:
        raise ImpossibleTime(_("That time has passed. Give them time to answer."))
    if wanted.role is None and wanted.person is None:
        raise NotAsked(_("Say of whom it is asked: a role, or a person."))
    if wanted.person is not None and wanted.person.pk == by.pk:
        raise NotAsked(_("Nobody approves their own. Ask somebody else."))
    person = wanted.person
    if person is not None and not Incident.objects.filter(pk=incident.pk).visible_to(person).exists():
        raise CannotSee(
            _("%(name)s cannot see this incident. Give them a role on it first, or choose somebody else.")
            % {"name": person.name}
        )
