"""What people can do on the page of a complaint: each step with its form, its words and its verb."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.classification.models import HarmKind
from incidents.complaints.complaint import Complaint
from incidents.complaints.handling import WrongPlace
from incidents.complaints.queries import breaches_to_attach, incidents_to_attach
from incidents.complaints.reading import CATEGORY, MAX_CATEGORY
from incidents.complaints.states import MOVES, CloseReason, State, Verb
from incidents.detection.attaching import title_of
from incidents.detection.breaches import Breach
from incidents.response.models import Incident

LONGEST = 5_000


def _words(label: Any, *, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=LONGEST, widget=widget, help_text=help_text)


class StepForm(forms.Form):
    """A small form of one step; most need only words."""

    def __init__(self, data: Any = None, *, complaint: Complaint, user: User, name: str) -> None:
        super().__init__(data, prefix=name)
        self.prepare(complaint, user)

    def prepare(self, complaint: Complaint, user: User) -> None:
        """Fill in what is known and what can be chosen."""


class AttachForm(StepForm):
    place = forms.ChoiceField(label=_("To"))

    def prepare(self, complaint: Complaint, user: User) -> None:
        incidents = [(f"incident:{each.pk}", f"{each.reference} {each.title}") for each in
                     incidents_to_attach(complaint, user)]  # fmt: skip
        breaches = [(f"breach:{each.pk}", title_of(each)) for each in breaches_to_attach(complaint, user)]
        place = self.fields["place"]
        if isinstance(place, forms.ChoiceField):
            groups = [(str(_("Incidents")), incidents), (str(_("Breaches")), breaches)]
            place.choices = [("", _("Please choose")), *(group for group in groups if group[1])]


class DetachForm(StepForm):
    reason = _words(_("Why does it not belong there?"))


class AnswerForm(StepForm):
    text = _words(
        _("What did you tell them?"),
        help_text=_(
            "Stands on the page by which the complainant follows the complaint. airp sends nothing to complainants:"
            " answer over the way they came, too."
        ),
    )


class CloseForm(StepForm):
    why = forms.ChoiceField(label=_("Because"), choices=CloseReason, help_text=_("The complainant reads this."))
    reason = _words(_("For colleagues: what was found?"))


class ReopenForm(StepForm):
    reason = _words(_("What came back or was missed?"))


class ClassifyForm(StepForm):
    category = forms.CharField(
        label=_("Category"),
        required=False,
        max_length=MAX_CATEGORY,
        help_text=_("The count of this complaint moves along, so thresholds judge it under the new one."),
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
    )
    harm_kind = forms.ModelChoiceField(
        label=_("Harm kind"),
        queryset=HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name"),
        required=False,
        empty_label=_("Not judged yet"),
    )

    def prepare(self, complaint: Complaint, user: User) -> None:
        self.initial = {"category": complaint.category, "harm_kind": complaint.harm_kind_id}

    def clean_category(self) -> str:
        category: str = self.cleaned_data["category"]
        if category and not CATEGORY.fullmatch(category):
            raise forms.ValidationError(_("Use letters, digits, spaces and . : _ - only."))
        return category


class RevealForm(StepForm):
    reason = _words(_("Why must you read the original?"), help_text=_("Recorded with your name."))


class CodeForm(StepForm):
    """Nothing to type."""


Given = dict[str, Any]
Act = Callable[[Complaint, Given, User, datetime], Any]


def _attach(complaint: Complaint, given: Given, by: User, now: datetime) -> object:
    kind, _colon, pk = given["place"].partition(":")
    if kind == "breach" and (breach := Breach.objects.visible_to(by).filter(pk=pk).first()):
        return complaint.attach_to_breach(breach, by=by, now=now)
    if kind == "incident" and (incident := Incident.objects.visible_to(by).filter(pk=pk).first()):
        return complaint.attach_to_incident(incident, by=by, now=now)
    raise WrongPlace(gettext("Choose an incident or a breach of the same AI system."))


def _close(complaint: Complaint, given: Given, by: User, now: datetime) -> object:
    return complaint.close(why=CloseReason(given["why"]), by=by, now=now, reason=given["reason"])


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `path` is the noun below the complaint."""

    verb: Verb
    path: str
    label: str | Promise
    done: str | Promise
    form: type[StepForm]
    act: Act

    @property
    def name(self) -> str:
        return f"complaint_{self.path.replace('-', '_')}"

    def is_open_to(self, user: User, state: State) -> bool:
        move = MOVES[self.verb]
        return user.can(move.capability) and state in move.sources


STEPS: dict[Verb, Step] = {
    step.verb: step
    for step in (
        Step(Verb.ATTACH, "attachment", _("Attach"), _("attached"), AttachForm, _attach),
        Step(
            Verb.ANSWER, "answer", _("Answer"), _("answered"), AnswerForm,
            lambda complaint, given, by, now: complaint.answer_with(text=given["text"], by=by, now=now),
        ),
        Step(Verb.CLOSE, "closure", _("Close"), _("closed"), CloseForm, _close),
        Step(
            Verb.CLASSIFY, "classification", _("Classify"), _("classified"), ClassifyForm,
            lambda complaint, given, by, now: complaint.classify(**given, by=by, now=now),
        ),
        Step(
            Verb.DETACH, "detachment", _("Detach"), _("detached"), DetachForm,
            lambda complaint, given, by, now: complaint.detach(reason=given["reason"], by=by, now=now),
        ),
        Step(
            Verb.REOPEN, "reopening", _("Reopen"), _("open again"), ReopenForm,
            lambda complaint, given, by, now: complaint.reopen(reason=given["reason"], by=by, now=now),
        ),
    )
}  # fmt: skip
