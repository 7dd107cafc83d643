"""The verbs of a decision as a person meets them: a noun address, a form, and what the form does."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.coordination import decision_forms as forms
from incidents.coordination.decision import Decision
from incidents.coordination.decision_states import DECISION_MOVES, DecisionState, DecisionVerb
from incidents.response.steps import Step


@dataclass(frozen=True, slots=True)
class DecisionStep(Step[DecisionVerb, Decision]):
    """One small form of a decision."""

    @property
    def name(self) -> str:
        return f"decision_{self.path}"

    def is_open_to(self, person: User, decision: Decision) -> bool:
        move = DECISION_MOVES[self.verb]
        is_possible = decision.incident.is_open and DecisionState(decision.state) in move.sources
        is_own = self.verb is DecisionVerb.DISSENT and decision.decider_id == person.pk
        return is_possible and not is_own and decision.may_be_taken_by(move, person)


BY_PATH: dict[str, DecisionStep] = {
    step.path: step
    for step in (
        DecisionStep(
            DecisionVerb.CONFIRM, "confirmation", forms.ConfirmForm,
            lambda decision, given, by, now: decision.confirm(**given, by=by, now=now),
            _("It stands"), _("It stands"), _("confirmed"),
        ),
        DecisionStep(
            DecisionVerb.DISSENT, "dissent", forms.DissentForm,
            lambda decision, given, by, now: decision.dissent(why=given["why"], by=by, now=now),
            _("I disagree"), _("I disagree"), _("your dissent is recorded"),
        ),
        DecisionStep(
            DecisionVerb.REVERSE, "reversal", forms.ReverseForm,
            lambda decision, given, by, now: decision.reverse(reason=given["reason"], by=by, now=now),
            _("Take it back"), _("Take it back"), _("taken back"),
        ),
    )
}  # fmt: skip
