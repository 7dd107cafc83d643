"""The verbs of a sign-off as a person meets them: a noun address, a form, and what the form does."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.coordination import sign_off_forms as forms
from incidents.coordination.sign_off import SignOff
from incidents.coordination.sign_off_states import SIGN_OFF_MOVES, SignOffState, SignOffVerb
from incidents.response.steps import Step


@dataclass(frozen=True, slots=True)
class SignOffStep(Step[SignOffVerb, SignOff]):
    """One small form of a sign-off."""

    @property
    def name(self) -> str:
        return f"sign_off_{self.path}"

    def is_open_to(self, person: User, sign_off: SignOff) -> bool:
        move = SIGN_OFF_MOVES[self.verb]
        is_possible = sign_off.incident.is_open and SignOffState(sign_off.state) in move.sources
        return is_possible and sign_off.may_be_taken_by(move, person)


STEPS: dict[SignOffVerb, SignOffStep] = {
    step.verb: step
    for step in (
        SignOffStep(
            SignOffVerb.APPROVE, "approval", forms.ApproveForm,
            lambda sign_off, given, by, now: sign_off.approve(seen=given["seen"], note=given["note"], by=by, now=now),
            _("Approve"), _("Approve these words"), _("approved"),
        ),
        SignOffStep(
            SignOffVerb.RETURN, "return", forms.ReturnForm,
            lambda sign_off, given, by, now: sign_off.return_with_note(note=given["note"], by=by, now=now),
            _("Return with a note"), _("Return it"), _("returned"),
        ),
        SignOffStep(
            SignOffVerb.REVISE, "revision", forms.ReviseForm,
            lambda sign_off, given, by, now: sign_off.revise(
                content=given["content"], due_at=given["due_at"], by=by, now=now
            ),
            _("Change the text"), _("Ask for these words"), _("changed, and asked again"),
        ),
        SignOffStep(
            SignOffVerb.WITHDRAW, "withdrawal", forms.WithdrawForm,
            lambda sign_off, given, by, now: sign_off.withdraw(reason=given["reason"], by=by, now=now),
            _("Withdraw it"), _("Withdraw it"), _("withdrawn"),
        ),
    )
}  # fmt: skip
BY_PATH = {step.path: step for step in STEPS.values()}
