"""People change thresholds through here: at once where that is safe, else as a proposal to a second person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.audit.models import record
from incidents.detection.approving import Forecast, Ground, grounds_for
from incidents.detection.choices import JUDGED, Mode
from incidents.detection.proposals import Proposal, ProposalState, refusing_what_is_invalid
from incidents.detection.thresholds import Threshold
from incidents.detection.versions import ThresholdVersion
from incidents.response.kinds import Occasion
from incidents.response.refusals import WrongState
from incidents.response.timeline import announce


class ChangeWaiting(WrongState):
    """Another change of this threshold waits for its second person."""


@transaction.atomic
def change_rule(
    threshold: Threshold,
    version: ThresholdVersion,
    *,
    by: User,
    now: datetime,
    reason: str,
    forecast: Forecast | None = None,
) -> ThresholdVersion | Proposal:
    """Put a new version in force, or propose it where a second person must agree.

    A first version and one that only tightens take effect at once, and so does any version of a threshold that is
    not judged yet. Raises ValidationError with what is wrong with the version, or ChangeWaiting.
    """
    locked = Threshold.objects.select_for_update(no_key=True).get(pk=threshold.pk)
    _refuse_a_second_change(locked)
    before = locked.version_at(now)
    version.threshold, version.reason = locked, reason
    version.forecast = forecast.as_facts if forecast else {}
    grounds = _grounds(locked, before, version, forecast)
    if not grounds:
        return locked.add_version(version, by=by, now=now, reason=reason)
    version.full_clean(exclude=["number", "effective_from", "author"])
    return _propose(
        Proposal(threshold=locked, based_on=before, rule=version.as_rule, forecast=version.forecast),
        grounds,
        by=by,
        now=now,
        reason=reason,
    )


@transaction.atomic
def change_mode(threshold: Threshold, mode: Mode, *, by: User, now: datetime, reason: str) -> Proposal | None:
    """Set the mode, or propose it where an active threshold would no longer ask anybody.

    Returns the proposal, if one was made. Raises ThresholdCannotBeSo or ChangeWaiting.
    """
    locked = Threshold.objects.select_for_update(no_key=True).get(pk=threshold.pk)
    _refuse_a_second_change(locked)
    if locked.mode == Mode.ACTIVE and mode != Mode.ACTIVE:
        proposal = Proposal(threshold=locked, based_on=locked.version_at(now), mode=mode)
        return _propose(proposal, [Ground.STOPS_JUDGING], by=by, now=now, reason=reason)
    with refusing_what_is_invalid():
        locked.set_mode(mode, by=by, now=now, reason=reason)
    return None


def _grounds(
    threshold: Threshold, before: ThresholdVersion | None, after: ThresholdVersion, forecast: Forecast | None
) -> list[Ground]:
    if before is None or threshold.mode not in JUDGED:
        return []
    return grounds_for(
        before.as_rule,
        after.as_rule,
        rank_before=before.severity.rank,
        rank_after=after.severity.rank,
        forecast=forecast,
    )


def _refuse_a_second_change(threshold: Threshold) -> None:
    waiting = threshold.proposals.filter(state=ProposalState.WAITING).select_related("author").first()
    if waiting is not None:
        raise ChangeWaiting(
            _("A change by %(author)s waits for approval. It must be decided or withdrawn first.")
            % {"author": waiting.author.name}
        )


def _propose(proposal: Proposal, grounds: list[Ground], *, by: User, now: datetime, reason: str) -> Proposal:
    proposal.grounds, proposal.author, proposal.proposed_at, proposal.reason = list(grounds), by, now, reason
    proposal.save(force_insert=True)
    threshold = proposal.threshold
    facts = {"threshold": threshold.pk, "proposal": proposal.pk, "grounds": list(grounds)}
    record(act="threshold.change_proposed", at=now, by=by, object_label=threshold.name, facts=facts)
    announce(
        Occasion.THRESHOLD_CHANGE_PROPOSED,
        facts={
            "threshold": threshold.pk,
            "proposal": proposal.pk,
            "by": by.pk,
            "title": threshold.name,
            "url": proposal.path,
        },
        now=now,
    )
    return proposal
