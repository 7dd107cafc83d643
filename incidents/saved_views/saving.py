"""What people do with their saved views. Nobody changes those of others."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from airp.audit.models import record
from incidents.response.refusals import NotPermitted, Refusal
from incidents.saved_views.records import DefaultView, SavedView, Sharing, ViewedList

MOST_VIEWS = 30
SHARE = Capability.SHARE_VIEWS


class NameTaken(Refusal):
    """One person has no two views of the same name."""


class TooManyViews(Refusal):
    """Tabs that nobody can survey help nobody."""


@transaction.atomic
def save_view(viewed: ViewedList, *, name: str, query: str, sharing: Sharing, by: User, now: datetime) -> SavedView:
    """Keep filters under a name, after those there are. Raises NameTaken, TooManyViews or NotPermitted."""
    _check_sharing(sharing, by)
    User.objects.select_for_update().get(pk=by.pk)  # one at a time, so that the limit and the order hold
    own = SavedView.objects.standing().filter(owner=by, viewed=viewed)
    if own.count() >= MOST_VIEWS:
        raise TooManyViews(
            _("You have %(most)d views here, which is the limit. Delete one first.") % {"most": MOST_VIEWS}
        )
    last = own.aggregate(last=Max("position"))["last"] or 0
    view = SavedView(viewed=viewed, owner=by, name=name, query=query, sharing=sharing, position=last + 1, made_at=now)
    _store(view)
    if view.is_shared:
        _record("view_shared", view, by=by, now=now)
    return view


def rename(view: SavedView, *, name: str) -> None:
    """Raises NameTaken."""
    view.name = name
    _store(view, "name")


@transaction.atomic
def share(view: SavedView, sharing: Sharing, *, by: User, now: datetime) -> None:
    """For everybody or for oneself again; then nobody else opens their list in it. Raises NotPermitted."""
    _check_sharing(sharing, by)
    if view.sharing == sharing:
        return
    view.sharing = sharing
    view.save(update_fields=["sharing"])
    if not view.is_shared:
        view.defaults.exclude(person=view.owner).delete()
    _record("view_shared" if view.is_shared else "view_unshared", view, by=by, now=now)


@transaction.atomic
def move(view: SavedView, step: int) -> None:
    """Places on (or, below zero, back) among the person's own; at the end of the row it stays."""
    own = list(SavedView.objects.standing().filter(owner=view.owner, viewed=view.viewed).order_by("position", "id"))
    place = own.index(view)
    other = place + step
    if not 0 <= other < len(own):
        return
    own[place], own[other] = own[other], own[place]
    for position, each in enumerate(own, start=1):
        each.position = position
    SavedView.objects.bulk_update(own, ["position"])


@transaction.atomic
def remove(view: SavedView, *, now: datetime) -> None:
    """It is gone from everybody's lists; `bring_back` undoes it, but for the defaults of others."""
    view.deleted_at = now
    view.save(update_fields=["deleted_at"])
    view.defaults.all().delete()
    if view.is_shared:
        _record("view_deleted", view, by=view.owner, now=now)


@transaction.atomic
def bring_back(view: SavedView, *, now: datetime) -> None:
    """Raises NameTaken when another one has its name by now."""
    if view.deleted_at is None:
        return
    view.deleted_at = None
    _store(view, "deleted_at")
    if view.is_shared:
        _record("view_shared", view, by=view.owner, now=now)


@transaction.atomic
def open_with(view: SavedView, *, person: User) -> None:
    """The list opens in this view for the person from now on."""
    User.objects.select_for_update().get(pk=person.pk)
    DefaultView.objects.filter(person=person, viewed=view.viewed).delete()
    DefaultView.objects.create(person=person, viewed=view.viewed, view=view)


def open_with_none(viewed: str, *, person: User) -> None:
    """The list opens whole again."""
    DefaultView.objects.filter(person=person, viewed=viewed).delete()


def _store(view: SavedView, *fields: str) -> None:
    try:
        with transaction.atomic():
            view.save(update_fields=fields or None)
    except IntegrityError as error:
        if "one_saved_view_per_name" not in str(error):
            raise
        raise NameTaken(_("You have a view called “%(name)s” here already.") % {"name": view.name}) from None


def _check_sharing(sharing: Sharing, by: User) -> None:
    if sharing == Sharing.SHARED and not by.can(SHARE):
        raise NotPermitted(_("Your roles do not allow sharing views. Save it for yourself."))


def _record(act: str, view: SavedView, *, by: User, now: datetime) -> None:
    facts = {"view": view.pk, "list": str(view.viewed)}
    record(act=act, at=now, by=by, object_label=f"saved-view/{view.pk}", facts=facts)
