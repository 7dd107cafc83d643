"""What people type about sign-offs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import Role
from airp.web.forms import TitleField
from incidents.coordination.asking import Wanted
from incidents.coordination.lane_forms import PersonField, words
from incidents.coordination.sign_off import SignOff, answering_roles
from incidents.coordination.sign_off_states import Silence

LONGEST_CONTENT = 50_000


def _content(label: Any, **kwargs: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 10})
    return forms.CharField(label=label, max_length=LONGEST_CONTENT, widget=widget, **kwargs)


def moment(label: Any, **kwargs: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, **kwargs)


class AskForm(forms.Form):
    use_required_attribute = False
    title = TitleField(label=_("What is to be approved?"), max_length=200)
    content = _content(_("The exact text"), help_text=_("Markdown. The approval counts for these words and no others."))
    why_now = forms.CharField(label=_("Why now?"), max_length=300)
    role = forms.ChoiceField(
        label=_("Asked of which role?"), required=False, help_text=_("A role or a person: one of the two is needed.")
    )
    person = PersonField(label=_("Or of whom?"), required=False, empty_label=_("Anybody of the role"))
    due_at = moment(_("Answer due"))
    silence = forms.ChoiceField(label=_("What does no answer mean?"), choices=Silence, initial=Silence.HOLDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        if isinstance(role, forms.ChoiceField):
            role.choices = [("", str(_("No role"))), *answering_roles()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "role" in given and not given["role"] and not given.get("person") and "person" not in self.errors:
            self.add_error("role", _("Say of whom it is asked: a role, or a person."))
        return given

    @property
    def wanted(self) -> Wanted:
        given = self.cleaned_data
        return Wanted(
            title=given["title"],
            content=given["content"],
            why_now=given["why_now"],
            due_at=given["due_at"],
            role=Role(given["role"]) if given["role"] else None,
            person=given["person"],
            silence=Silence(given["silence"]),
        )


class SignOffForm(forms.Form):
    """A form about one sign-off."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, sign_off: SignOff, content: str, user: User, name: str) -> None:
        self.sign_off, self.present, self.user = sign_off, content, user
        super().__init__(data, auto_id=f"{name}-{sign_off.pk}-%s")
        self.prepare()

    def prepare(self) -> None:
        """Fields that depend on the sign-off."""


class ApproveForm(SignOffForm):
    seen = forms.CharField(widget=forms.HiddenInput)
    note = words(_("Note"), required=False)

    def prepare(self) -> None:
        self.initial["seen"] = self.sign_off.digest


class ReturnForm(SignOffForm):
    note = words(_("What must change before you approve?"))


class ReviseForm(SignOffForm):
    content = _content(_("The exact text"), help_text=_("An approval of the former words ends with this."))
    due_at = moment(_("Answer due"), required=False, help_text=_("Empty: as before."))

    def prepare(self) -> None:
        self.initial["content"] = self.present


class WithdrawForm(SignOffForm):
    reason = words(_("Why is it not needed any more?"))
