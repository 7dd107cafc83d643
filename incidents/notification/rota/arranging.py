"""What people arrange on a rota: an order, somebody taking a span, and taking that back. The past stays as it was."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import record
from incidents.notification.rota.records import Rota, RotaOrder, RotaOverride, RotaSeat

LONGEST_OVERRIDE = timedelta(days=60)
FARTHEST_AHEAD = timedelta(days=366)  # beyond it a date is a slip, and at the end of the calendar no week follows it
MOST_SEATS = 10


class RotaRefusal(Exception):
    """This cannot be arranged. The sentence says why and what would work."""


@transaction.atomic
def arrange_order(
    rota: Rota,
    *,
    seats: Sequence[User | None],
    weekday: int,
    handover: time,
    begins_at: datetime,
    by: User | None,
    now: datetime,
) -> RotaOrder:
    """Put an order in force from a moment on. Orders that were to begin later give way; earlier ones stay.

    Raises RotaRefusal without people, for somebody who cannot acknowledge, and for a beginning in the past or
    more than a year ahead.
    """
    Rota.objects.select_for_update().get(pk=rota.pk)
    if not seats or len(seats) > MOST_SEATS:
        raise RotaRefusal(_("A rota needs between one and %(most)d places.") % {"most": MOST_SEATS})
    for person in seats:
        _check_able(person)
    if begins_at < now and rota.orders.filter(begins_at__lte=now).exists():
        raise RotaRefusal(_("That beginning has passed. Who was on call then stays on record; begin now or later."))
    if begins_at > now + FARTHEST_AHEAD:
        raise RotaRefusal(_("An order may begin within a year from now. Check the date."))
    rota.orders.filter(begins_at__gte=begins_at).delete()
    order = RotaOrder.objects.create(
        rota=rota,
        begins_at=begins_at,
        time_zone=rota.time_zone,
        weekday=weekday,
        handover=handover,
        made_by=by,
        made_at=now,
    )
    places = (RotaSeat(order=order, position=place, person=person) for place, person in enumerate(seats, start=1))
    RotaSeat.objects.bulk_create(places)
    people = [person.pk if person else None for person in seats]
    _note("rota_order_arranged", rota, by=by, now=now, begins_at=begins_at.isoformat(), people=people)
    return order


@transaction.atomic
def take_span(
    rota: Rota,
    *,
    person: User | None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    by: User,
    now: datetime,
) -> RotaOverride:
    """Give a span to somebody, or with None to nobody. What has passed of it is left as it was.

    Raises RotaRefusal for a span in the past, backwards, longer than 60 days or more than a year ahead, for somebody
    who cannot acknowledge, and for arranging others without the right to.
    """
    if person != by and not by.can(Capability.ARRANGE_ON_CALL):
        raise RotaRefusal(_("You can take a span yourself. To put somebody else on call, ask a manager or an admin."))
    _check_able(person)
    starts_at = max(starts_at, now)
    if ends_at <= starts_at:
        raise RotaRefusal(_("This span is over. Choose an end that comes after the start and after now."))
    if ends_at - starts_at > LONGEST_OVERRIDE:
        raise RotaRefusal(_("A span may last 60 days. For longer, change the order of the rota."))
    if starts_at > now + FARTHEST_AHEAD:
        raise RotaRefusal(_("A span may begin within a year from now. Check the date."))
    override = RotaOverride.objects.create(
        rota=rota, person=person, starts_at=starts_at, ends_at=ends_at, reason=reason, made_by=by, made_at=now
    )
    span = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    _note("rota_span_taken", rota, by=by, now=now, override=override.pk, person=person.pk if person else None, **span)
    return override


@transaction.atomic
def withdraw(override: RotaOverride, *, by: User, now: datetime) -> None:
    """Take an override back from now on; what has passed of it stays on record.

    For who arranged it, who is on call by it, and those who arrange rotas. Raises RotaRefusal.
    """
    row = RotaOverride.objects.select_for_update().get(pk=override.pk)
    if by.pk not in {row.made_by_id, row.person_id} and not by.can(Capability.ARRANGE_ON_CALL):
        raise RotaRefusal(_("Only who arranged this, who is on call by it, or a manager can take it back."))
    if row.is_over(now=now):
        raise RotaRefusal(_("This is over already. Nothing was changed."))
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    _note("rota_span_withdrawn", row.rota, by=by, now=now, override=row.pk)


def _check_able(person: User | None) -> None:
    if person is not None and not person.can(Capability.TRIAGE):
        raise RotaRefusal(
            _("%(name)s cannot acknowledge incidents, so a call would reach nobody. Give the role first.")
            % {"name": person.name}
        )


def _note(act: str, rota: Rota, *, by: User | None, now: datetime, **facts: object) -> None:
    record(act=act, at=now, by=by, object_label=f"rota/{rota.pk}", facts=facts)
