"""Readings of reviews and actions. Every one starts with `visible_to`."""

from datetime import date
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from airp.accounts.models import User
from airp.accounts.roles import Capability, Role
from incidents.response.visibility import ExistsFor
from reviews.postmortem.states import ActionState, ReviewState

_EXISTS = ExistsFor.SQL.replace("%s", "{person}").format(
    visibility="i.visibility", lead="i.lead_id", declarer="i.declared_by_id", pk="i.id", system="i.system_id",
    person="{person}",
)  # fmt: skip
WAITING_REVIEWS = f"""
SELECT count(*) FROM reviews_review AS r JOIN incidents_incident AS i ON i.id = r.incident_id
WHERE r.state <> '{ReviewState.SIGNED_OFF.value}' AND {_EXISTS} AND (
    i.lead_id = {{person}} OR r.submitted_by_id = {{person}}
    OR (r.state = '{ReviewState.SUBMITTED.value}' AND r.signer_role = ANY(ARRAY[{{roles}}]::varchar[])
        AND r.submitted_by_id IS DISTINCT FROM {{person}})
)
"""  # noqa: S608 - constants of ours, a number, and roles that we know
WAITING_ACTIONS = f"""
SELECT count(*) FROM reviews_action AS a JOIN reviews_review AS r ON r.id = a.review_id
JOIN incidents_incident AS i ON i.id = r.incident_id
WHERE a.state = '{ActionState.OPEN.value}' AND a.owner_id = {{person}} AND {_EXISTS}
"""  # noqa: S608 - likewise


def visible_incidents(user: User | AnonymousUser, *, to: str) -> Q:
    """The condition on the incident behind the path `to`, so that what is hidden counts nowhere."""
    if not isinstance(user, User) or not user.can(Capability.READ_INCIDENTS):
        return Q(pk__in=[])
    return Q(ExistsFor(user, path=f"{to}__"))


def tallies_for(user: User) -> dict[str, str]:
    """SQL of how many reviews and how many actions wait for this person: part of the one query of every page.

    The same rows as `Review.objects.visible_to(user).of(user)` and `Action.objects.visible_to(user).of(user)`, by
    hand because building those two counts took longer than all else in the page's frame; a test compares them.
    """
    if not user.can(Capability.READ_INCIDENTS):
        return {}
    known = {"person": int(user.pk), "roles": ", ".join(f"'{role.value}'" for role in Role if role.value in user.roles)}
    return {"reviews": WAITING_REVIEWS.format(**known), "actions": WAITING_ACTIONS.format(**known)}


class ReviewQuerySet(models.QuerySet["Review"]):  # type: ignore[name-defined] # noqa: F821
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(visible_incidents(user, to="incident"))

    def unfinished(self) -> Self:
        return self.exclude(state=ReviewState.SIGNED_OFF)

    def overdue(self, *, today: date) -> Self:
        return self.unfinished().filter(due_date__lt=today)

    def awaiting_sign_off(self) -> Self:
        return self.filter(state=ReviewState.SUBMITTED)

    def of(self, user: User) -> Self:
        """Those that this person leads or submitted, and those that their role has to sign."""
        to_sign = Q(state=ReviewState.SUBMITTED, signer_role__in=user.roles) & ~Q(submitted_by=user)
        return self.unfinished().filter(Q(incident__lead=user) | Q(submitted_by=user) | to_sign)

    def signed_off(self) -> Self:
        return self.filter(state=ReviewState.SIGNED_OFF)

    def for_list(self) -> Self:
        """With what a row of the list shows."""
        related = ("incident__severity", "incident__system", "incident__lead", "signed_off_by")
        return self.select_related(*related).annotate(open_action_count=self._open_action_count())

    def _open_action_count(self) -> Coalesce:
        """Counted per row that is shown, so that one page of a long list stays cheap."""
        actions = self.model.actions.rel.related_model.objects
        counted = actions.open().filter(review=OuterRef("pk")).order_by().values("review")
        return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0, output_field=IntegerField())


class ActionQuerySet(models.QuerySet["Action"]):  # type: ignore[name-defined] # noqa: F821
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(visible_incidents(user, to="review__incident"))

    def open(self) -> Self:
        return self.filter(state=ActionState.OPEN)

    def overdue(self, *, today: date) -> Self:
        return self.open().filter(due_date__lt=today)

    def of(self, user: User) -> Self:
        return self.open().filter(owner=user)

    def ended(self) -> Self:
        return self.exclude(state=ActionState.OPEN)

    def for_list(self) -> Self:
        return self.select_related("owner", "ended_by", "review__incident__severity")
