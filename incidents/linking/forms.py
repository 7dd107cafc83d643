"""What people type to link, merge and part incidents. None of the forms decides about rights."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from airp.accounts.models import User
from incidents.linking.picking import LONGEST, Purpose, candidates, the_one
from incidents.response.likeness import REFERENCE
from incidents.response.models import Incident
from incidents.response.relations import Relation, Side

ASK_WHY = {"required": lazy("Say it in a few words: it stays in both records.")}
WAYS = [
    ("related-source", lazy("is related to")),
    ("duplicate-source", lazy("is a duplicate of")),
    ("recurrence-source", lazy("is a recurrence of")),
    ("recurrence-target", lazy("came back as")),
    ("parent-source", lazy("is part of")),
    ("parent-target", lazy("has the part")),
]


def words(label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=4_000, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)


class PickForm(forms.Form):
    """Names another incident: one of those that are offered, or one that is found by what is typed."""

    use_required_attribute = False
    purpose = Purpose.LINK
    find = forms.CharField(
        label=lazy("Find another one"),
        required=False,
        max_length=LONGEST,
        help_text=lazy("Its reference, or words of its title."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, incident: Incident, user: User, words: str = "") -> None:
        self.incident, self.user = incident, user
        super().__init__(data, auto_id="pick-%s", initial={"find": words})
        typed = self.data.get("find", words) if self.is_bound else words
        self.offered = candidates(incident, user, purpose=self.purpose, words=typed)
        self.chosen = self.data.get("other", "") if self.is_bound else ""
        address = reverse("incidents:link_candidates", args=[incident.reference])
        self.fields["find"].widget.attrs |= {
            "hx-get": f"{address}?for={self.purpose.value}",
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#candidates",
            "hx-swap": "outerHTML",
            "hx-sync": "this:replace",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = cleaned.get("find", "").strip()
        wanted = self.chosen or (typed if REFERENCE.fullmatch(typed) else "")
        if REFERENCE.fullmatch(wanted) and not wanted.upper().startswith("AIR-"):
            wanted = f"AIR-{wanted}"
        other = the_one(self.user, wanted) if wanted else None
        if wanted and other is None:
            self.add_error("find", _("No incident has the reference “%(given)s”.") % {"given": wanted[:16]})
        elif other is None:
            self.add_error("find", _("Choose one of the incidents below, or type a reference."))
        cleaned["other"] = other
        return cleaned


class LinkForm(PickForm):
    way = forms.ChoiceField(label=lazy("This incident"), choices=WAYS, widget=forms.RadioSelect)
    reason = words(lazy("Why"), error_messages=ASK_WHY)

    @property
    def pair(self) -> tuple[Relation, Incident, Incident]:
        """Relation, source and target, as the link stores them."""
        relation, side = self.cleaned_data["way"].split("-")
        other: Incident = self.cleaned_data["other"]
        ends = (self.incident, other) if side == Side.SOURCE else (other, self.incident)
        return Relation(relation), *ends


class MergeForm(PickForm):
    purpose = Purpose.MERGE
    note = words(lazy("What shows that they are the same"), required=False)


class ReasonForm(forms.Form):
    use_required_attribute = False
    reason = words(lazy("Why they do not belong together like this"), error_messages=ASK_WHY)


class TogetherForm(forms.Form):
    """One of several chosen incidents, to which the others are merged or linked."""

    use_required_attribute = False
    one = forms.ChoiceField(label=lazy("The one that stays"), widget=forms.RadioSelect)
    note = words(lazy("What shows that they are the same"), required=False)

    def __init__(self, data: Any = None, *, chosen: Sequence[Incident], **kwargs: Any) -> None:
        super().__init__(data, auto_id=f"{type(self).__name__.lower()}-%s", **kwargs)
        self.fields["one"].choices = [(each.reference, f"{each.reference} {each.title}") for each in chosen]  # type: ignore[attr-defined]


class LinkTogetherForm(TogetherForm):
    note = None  # type: ignore[assignment]
    way = forms.ChoiceField(
        label=lazy("Each of the others"),
        choices=[(way, label) for way, label in WAYS if way.endswith("-source")],
        widget=forms.RadioSelect,
    )
    reason = words(lazy("Why"), error_messages=ASK_WHY)
    field_order = ("way", "one", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["one"].label = lazy("this incident")
