"""Who is on call, in the top bar of every page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.notification.rota.answering import PLANS_NOW, Member, Roster, read


def on_call_mark(request: HttpRequest) -> dict[str, Any]:
    """Whether I am on call, else who is, else that nobody is. Read with the counts of the page, in the same query."""
    user = request.user
    if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
        return {}
    return {"reads": {"on_call": (PLANS_NOW, lambda value: _mark(read(value), user))}}


def _mark(found: list[Roster], user: User) -> dict[str, str] | None:
    now = timezone.now()
    answers = [(roster, roster.on_call_at(now)) for roster in found if roster.plan.rotations]
    if not answers:
        return None
    text, tone = _words(answers, user)
    return {"text": text, "tone": tone, "url": reverse("incidents:on_call")}


def _words(answers: list[tuple[Roster, Member | None]], user: User) -> tuple[str, str]:
    if any(member is not None and member.pk == user.pk for _roster, member in answers):
        return _("You are on call"), "good"
    empty = [roster for roster, member in answers if member is None]
    if empty:
        return _("Nobody is on call: %(rota)s") % {"rota": empty[0].name}, "high"
    people = {member.pk: member for _roster, member in answers if member is not None}
    if len(people) == 1:
        return _("On call: %(name)s") % {"name": next(iter(people.values())).short_name}, "info"
    return ngettext("On call: %(n)d person", "On call: %(n)d people", len(people)) % {"n": len(people)}, "info"
