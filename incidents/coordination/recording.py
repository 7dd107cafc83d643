"""Recording a decision, and noting when it should be looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability
from incidents.coordination.decision import Decision
from incidents.coordination.refusals import CannotSee, DecisionInWrongState
from incidents.response.acting import check_possible
from incidents.response.kinds import Kind
from incidents.response.models import Incident
from incidents.response.refusals import ImpossibleTime, NotPermitted, ReasonMissing
from incidents.response.timeline import append


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was asked, what could have been chosen, what was, by whom and why."""

    question: str
    options: Sequence[str]
    chosen: str
    reasons: str
    decider: User
    reversible_until: datetime | None = None
    revisit_at: datetime | None = None


@transaction.atomic
def record_decision(incident: Incident, made: Made, *, by: User, now: datetime, at: datetime | None = None) -> Decision:
    """`at` is when it was decided, if that was before now.

    Raises NotPermitted, DecisionInWrongState, ReasonMissing, ImpossibleTime or CannotSee.
    """
    locked = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    _check(locked, made, by=by, now=now)
    check_possible(at, now=now)
    last = Decision.objects.filter(incident=locked).aggregate(last=Max("number"))["last"] or 0
    decision = Decision.objects.create(
        incident=locked,
        number=last + 1,
        question=made.question.strip(),
        options=[option.strip() for option in made.options if option.strip()],
        chosen=made.chosen.strip(),
        reasons=made.reasons.strip(),
        decider=made.decider,
        decided_at=at or now,
        recorded_by=by,
        reversible_until=made.reversible_until,
        revisit_at=made.revisit_at,
    )
    facts = decision.facts | {"decided_at": decision.decided_at.isoformat()}
    words = f"{decision.question}\n\n**{decision.chosen}**\n\n{decision.reasons}"
    append(locked, kind=Kind.DECISION_RECORDED, by=by, now=now, facts=facts, text=words)
    return decision


def decisions_to_revisit(*, now: datetime, most: int) -> list[int]:
    """Ids of decisions that the sweep should look at."""
    due = Decision.objects.to_revisit(now=now).filter(revisit_noted_at__isnull=True).order_by("revisit_at", "id")
    return list(due.values_list("pk", flat=True)[:most])


@transaction.atomic
def note_revisit(decision_id: int, *, now: datetime) -> bool:
    """Note that its date has come. False when it is not so any more, or somebody was faster."""
    found = Decision.objects.filter(pk=decision_id).values_list("incident", flat=True).first()
    if found is None:
        return False
    incident = Incident.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=found).first()
    due = Decision.objects.select_for_update(of=("self",)).to_revisit(now=now)
    decision = due.filter(pk=decision_id, revisit_noted_at__isnull=True).first()
    if incident is None or decision is None:
        return False
    decision.incident = incident
    decision.note_due(now=now)
    return True


def _check(incident: Incident, made: Made, *, by: User, now: datetime) -> None:
    if not by.can(Capability.ANNOTATE):
        raise NotPermitted(_("Your roles do not allow recording decisions. Ask the lead."))
    if not incident.is_open:
        raise DecisionInWrongState(
            _("%(reference)s is %(state)s. Decisions can be recorded until it is closed.")
            % {"reference": incident.reference, "state": incident.get_state_display().lower()}
        )
    if not made.question.strip() or not made.chosen.strip():
        raise ReasonMissing(_("what was asked, and what was chosen"))
    if not made.reasons.strip():
        raise ReasonMissing(_("why it was decided so"))
    if made.revisit_at is not None and made.revisit_at <= now:
        raise ImpossibleTime(_("The time to look at it again has passed. Choose a later one, or none."))
    if not Incident.objects.filter(pk=incident.pk).visible_to(made.decider).exists():
        raise CannotSee(
            _("%(name)s cannot see this incident. Give them a role on it first, or choose somebody else.")
            % {"name": made.decider.name}
        )
