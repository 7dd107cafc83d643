"""When a review opens and when it goes back to draft: reactions to what happens to the incident."""

from datetime import UTC, date, datetime, tzinfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.classification.models import ReviewRule
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import NotPermitted
from incidents.response.states import State
from incidents.response.timeline import PendingReaction, TimelineEntry, append
from incidents.response.working_days import add_working_days
from incidents.systems.models import Ownership, OwnershipRole
from reviews.postmortem.models import Review
from reviews.postmortem.prefill import people_in, what_happened
from reviews.postmortem.refusals import ReviewAlreadyOpen, ReviewInWrongState

REVIEWABLE = frozenset({State.RESOLVED, State.CLOSED})


def demands_review(incident: Incident) -> bool:
    """Whether the severity, as frozen at the declaration, lets the incident close only with a review."""
    return bool(incident.terms["review_rule"] == ReviewRule.REQUIRED)


@transaction.atomic
def open_for(incident: Incident, *, now: datetime) -> Review | None:
    """The review of a resolved incident, opened if its severity demands one. A second call changes nothing.

    After a reopening the same review gets its due date anew and keeps its words; after a raised severity an
    unfinished review gets the stricter terms.
    """
    locked = _lock(incident)
    if locked.state != State.RESOLVED or not demands_review(locked):
        return Review.objects.filter(incident=locked).first()
    review = Review.objects.select_for_update(of=("self",)).filter(incident=locked).first()
    if review is None:
        return _open(locked, by=None, now=now)
    review.incident = locked
    if review.opened_for < locked.reopened_count:
        _open_again(review, now=now)
    elif not review.is_signed_off:
        _tighten(review)
    return review


@transaction.atomic
def open_by_choice(incident: Incident, *, by: User, now: datetime) -> Review:
    """Somebody wants to learn from an incident whose severity does not demand it.

    Raises NotPermitted, ReviewAlreadyOpen, or ReviewInWrongState before the incident is resolved.
    """
    locked = _lock(incident)
    if not by.can(Capability.WRITE_REVIEW):
        raise NotPermitted(_("Your roles do not allow opening reviews. Ask the lead or a manager."))
    if Review.objects.filter(incident=locked).exists():
        raise ReviewAlreadyOpen(_("%(reference)s has its review already.") % {"reference": locked.reference})
    if locked.state not in REVIEWABLE:
        raise ReviewInWrongState(
            _("%(reference)s is %(state)s. A review can be opened once it is resolved.")
            % {"reference": locked.reference, "state": locked.get_state_display().lower()}
        )
    return _open(locked, by=by, now=now)


def open_demanded_review(pending: PendingReaction, *, now: datetime) -> None:
    """Reaction to `resolved` and `severity_raised`."""
    if pending.entry is not None:
        open_for(pending.entry.incident, now=now)


@transaction.atomic
def take_back_review(pending: PendingReaction, *, now: datetime) -> None:
    """Reaction to `reopened`: what was written about the first resolution is a draft again."""
    entry = pending.entry
    if entry is None:
        return
    locked = _lock(entry.incident)
    review = Review.objects.filter(incident=locked, due_date__isnull=False).first()
    if review is None or review.opened_for >= locked.reopened_count:
        return
    reason = _("The incident was reopened: %(reason)s") % {"reason": entry.words or _("no reason recorded")}
    review.reopen(by=entry.actor, now=now, reason=reason)


def _lock(incident: Incident) -> Incident:
    return Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)


def _open(incident: Incident, *, by: User | None, now: datetime) -> Review:
    review = Review(incident=incident, what_happened=first_draft(incident), opened_at=now)
    review.due_date, review.signer_role = _terms(incident, now=now)
    review.opened_for = incident.reopened_count
    review.save(force_insert=True)
    _record(review, by=by, now=now)
    return review


def _open_again(review: Review, *, now: datetime) -> None:
    if review.due_date is not None:
        review.reopen(by=None, now=now, reason=_("The incident was reopened and resolved again."))
    due, signer_role = _terms(review.incident, now=now)
    review.promise(due=due, signer_role=signer_role, opened_for=review.incident.reopened_count, now=now)
    _record(review, by=None, now=now)


def _tighten(review: Review) -> None:
    """Never later than promised before, and signed by the role that the present severity names."""
    due, signer_role = _terms(review.incident, now=review.opened_at)
    due = min(due, review.due_date or due)
    review.promise(due=due, signer_role=signer_role, opened_for=review.opened_for, now=review.opened_at)


def _terms(incident: Incident, *, now: datetime) -> tuple[date, str]:
    terms = incident.terms
    due = add_working_days(timezone.localdate(now, timezone.get_default_timezone()), terms["review_due_working_days"])
    return due, str(terms["review_signer_role"])


def _record(review: Review, *, by: User | None, now: datetime) -> None:
    facts = {
        "review": review.pk,
        "due_date": review.due_date.isoformat() if review.due_date else "",
        "signer_role": review.signer_role,
    }
    append(review.incident, kind=Kind.REVIEW_OPENED, by=by, now=now, facts=facts)


def first_draft(incident: Incident) -> str:
    """What happened, as the timeline tells it."""
    entries = list(TimelineEntry.objects.filter(incident=incident).select_related("text").order_by("seq"))
    names = dict(User.objects.filter(pk__in=people_in(entries)).values_list("pk", "name"))
    return what_happened(entries, names=names, zone=_zone(incident))


def _zone(incident: Incident) -> tzinfo:
    """The zone of whoever leads, else of the system's owner, else UTC: pages show times in the reader's."""
    if incident.lead is not None:
        return incident.lead.zone
    owned = Ownership.objects.filter(system=incident.system_id, role=OwnershipRole.OWNER).select_related("person")
    owner = owned.first()
    return owner.person.zone if owner else UTC
