"""Being on call as something that somebody holds: the present stretch of each rota, until the next change."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.notification.rota.answering import Roster, rosters
from incidents.notification.rota.arranging import RotaRefusal, take_span
from incidents.notification.rota.records import Rota
from incidents.response.holdings import Holding, HoldingKind, NotTheirs
from incidents.response.refusals import Refusal

LONGEST = timedelta(days=7)


class OnCallStretches:
    """Whoever is on call now holds it until somebody else is, a week at most."""

    kind = HoldingKind.ON_CALL

    def held_by(self, person: User, *, now: datetime, most: int) -> list[Holding]:
        mine = [roster for roster in rosters(since=now) if roster.plan.at(now).person == person.pk]
        return [
            Holding(
                kind=HoldingKind.ON_CALL,
                key=str(roster.pk),
                title=_("On call: %(rota)s") % {"rota": roster.name},
                url=reverse("incidents:on_call"),
                due_at=_end_of_stretch(roster, person.pk, now=now),
                demands=Capability.TRIAGE,
            )
            for roster in mine[:most]
        ]

    def pass_on(self, key: str, *, giver: User, to: User, now: datetime) -> None:
        """Whoever accepts takes the rest of the stretch, as anybody can who may acknowledge."""
        rota = Rota.objects.select_for_update().get(pk=key)
        roster = next((each for each in rosters(since=now) if each.pk == rota.pk), None)
        if roster is None or roster.plan.at(now).person != giver.pk:
            raise NotTheirs(_("%(name)s is not on call any more.") % {"name": giver.name})
        reason = _("Shift handed over by %(name)s") % {"name": giver.name}
        try:
            end = _end_of_stretch(roster, giver.pk, now=now)
            take_span(rota, person=to, starts_at=now, ends_at=end, reason=reason[:200], by=to, now=now)
        except RotaRefusal as refusal:
            raise Refusal(str(refusal)) from refusal


def _end_of_stretch(roster: Roster, person: int, *, now: datetime) -> datetime:
    """When somebody else is on call, or nobody."""
    end = now
    for stretch in roster.plan.stretches(now, now + LONGEST):
        if stretch.answer.person != person:
            break
        end = stretch.end
    return end
