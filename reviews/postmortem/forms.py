"""What people type about a review and its actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from reviews.postmortem.actions import Action, ActionKind, Assignment
from reviews.postmortem.drafting import Texts
from reviews.postmortem.models import Review

LONGEST = 40_000
OF_AN_OWNER = frozenset({Capability.WRITE_REVIEW, Capability.ANNOTATE})
SHORT = 2_000


class AskedFor(forms.CharField):
    """Shown as required. The verb itself refuses without it and says so in its own words; drafts may lack it."""

    def validate(self, value: str | None) -> None:
        """Nothing here: an empty text is the verb's business."""


def _text(field: type[forms.CharField] = forms.CharField, **words: Any) -> forms.CharField:
    rows = words.pop("rows", 4)
    widget = forms.Textarea(attrs={"rows": rows})
    return field(required=field is AskedFor, max_length=LONGEST, strip=False, widget=widget, **words)


class DraftForm(forms.Form):
    """The long texts, and the version that they were opened with."""

    use_required_attribute = False

    summary = _text(
        AskedFor,
        label=_("Summary"),
        help_text=_("Two or three sentences that somebody from another team understands."),
    )
    what_happened = _text(
        AskedFor,
        label=_("What happened"),
        help_text=_("In order, with times. It starts as the timeline: shorten it, correct it, add what is missing."),
        rows=12,
    )
    impact = _text(label=_("Impact"), help_text=_("Who was affected, how many, how badly, and how you know."))
    what_slowed_us = _text(
        label=_("What slowed us"),
        help_text=_("Where we waited, searched or misunderstood. Name situations, not people."),
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    # Set by the button that lets one's own text win over what somebody else saved meanwhile.
    over = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, review: Review) -> "DraftForm":
        texts = review.texts
        return cls(
            initial={
                "summary": texts.summary,
                "what_happened": texts.what_happened,
                "impact": texts.impact,
                "what_slowed_us": texts.what_slowed_us,
                "version": review.version,
            }
        )

    @property
    def texts(self) -> Texts:
        """The texts as they are stored: line ends as one character."""
        names = ("summary", "what_happened", "impact", "what_slowed_us")
        return Texts(**{name: self.cleaned_data[name].replace("\r\n", "\n") for name in names})

    @property
    def expected(self) -> int:
        return int(self.cleaned_data["over"] or self.cleaned_data["version"])


class FactorForm(forms.Form):
    text = AskedFor(
        label=_("Another contributing factor"),
        help_text=_("What made it possible, worse or harder to notice. One at a time."),
        max_length=SHORT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ActionForm(forms.Form):
    """One action. Owners are people who may work on what follows, not only read it."""

    what = forms.CharField(label=_("What is to be done"), max_length=SHORT, widget=forms.Textarea(attrs={"rows": 2}))
    kind = forms.ChoiceField(label=_("Kind"), choices=ActionKind, initial=ActionKind.PREVENTIVE)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), empty_label=_("Choose a person"))
    due_date = forms.DateField(label=_("Due"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = [role.value for role, granted in CAPABILITIES.items() if granted & OF_AN_OWNER]
        owners = User.objects.filter(is_active=True, roles__overlap=able).order_by("name", "pk")
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]
        self.fields["owner"].label_from_instance = lambda person: person.name  # type: ignore[attr-defined]

    @classmethod
    def of(cls, action: Action) -> "ActionForm":
        stored = {"what": action.what, "kind": action.kind, "owner": action.owner_id, "due_date": action.due_date}
        return cls(initial=stored)

    @property
    def assignment(self) -> Assignment:
        given = self.cleaned_data
        return Assignment(what=given["what"], kind=given["kind"], owner=given["owner"], due_date=given["due_date"])


class CommentForm(forms.Form):
    comment = AskedFor(
        label=_("What should be improved"),
        help_text=_("The writers read this above their draft."),
        max_length=SHORT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SignOffForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=SHORT, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class EvidenceForm(forms.Form):
    evidence = AskedFor(
        label=_("What shows that it is done"),
        help_text=_("A link, a test, a figure: something that another person can check."),
        max_length=SHORT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReasonForm(forms.Form):
    reason = AskedFor(label=_("Reason"), max_length=SHORT, widget=forms.Textarea(attrs={"rows": 2}))
