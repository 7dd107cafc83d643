"""The verbs of a handoff as a person meets them: a noun address, a form, and what the form does."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.coordination.handoffs import forms
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.offering import revise
from incidents.coordination.handoffs.states import HANDOFF_MOVES, HandoffState, HandoffVerb, Rating
from incidents.response.steps import Step


@dataclass(frozen=True, slots=True)
class HandoffStep(Step[HandoffVerb, Handoff]):
    """One small form of a handoff."""

    @property
    def name(self) -> str:
        return f"handoff_{self.path}"

    def is_open_to(self, person: User, handoff: Handoff) -> bool:
        move = HANDOFF_MOVES[self.verb]
        is_possible = HandoffState(handoff.state) in move.sources
        is_done = self.verb is HandoffVerb.RATE and bool(handoff.rating)
        return is_possible and not is_done and handoff.may_be_taken_by(move, person)


STEPS: dict[HandoffVerb, HandoffStep] = {
    step.verb: step
    for step in (
        HandoffStep(
            HandoffVerb.ACCEPT, "acceptance", forms.AcceptForm,
            lambda handoff, given, by, now: handoff.accept(seen=given["seen"], by=by, now=now),
            _("Accept"), _("I take it over"), _("you have it now"),
        ),
        HandoffStep(
            HandoffVerb.RATE, "rating", forms.RateForm,
            lambda handoff, given, by, now: handoff.rate(
                rating=Rating(given["rating"]), note=given["note"], by=by, now=now
            ),
            _("Was the packet good enough?"), _("Rate"), _("rated, thank you"),
        ),
        HandoffStep(
            HandoffVerb.RETURN, "return", forms.ReturnForm,
            lambda handoff, given, by, now: handoff.return_with_note(missing=given["missing"], by=by, now=now),
            _("Return it: something is missing"), _("Return it"), _("returned"),
        ),
        HandoffStep(
            HandoffVerb.REVISE, "amendment", forms.ReviseForm,
            lambda handoff, given, by, now: revise(
                handoff,
                words={name: given[name] for name in given if name != "due_at"},
                due_at=given["due_at"], by=by, now=now,
            ),
            _("Complete the packet and offer it again"), _("Offer it again"), _("offered again"),
        ),
        HandoffStep(
            HandoffVerb.WITHDRAW, "withdrawal", forms.WithdrawForm,
            lambda handoff, given, by, now: handoff.withdraw(reason=given["reason"], by=by, now=now),
            _("Withdraw it"), _("I keep it"), _("withdrawn, you keep it"),
        ),
    )
}  # fmt: skip
BY_PATH = {step.path: step for step in STEPS.values()}
