"""What people type about lanes: one small form per verb."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from airp.accounts.roles import CAPABILITIES, Capability
from incidents.coordination.authority import ROLES
from incidents.coordination.lane import IncidentLane
from incidents.response.lanes import Lane

LONGEST = 4_000
WRITERS = [role.value for role, granted in CAPABILITIES.items() if Capability.ANNOTATE in granted]


def colleagues() -> QuerySet[User]:
    """People who can work on incidents, by name."""
    return User.objects.filter(is_active=True, roles__overlap=WRITERS).order_by("name", "pk")


class PersonField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=colleagues(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


def words(label: Any, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}), **kwargs)


class LaneForm(forms.Form):
    """A form about one lane."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, lane: IncidentLane, user: User, name: str) -> None:
        self.lane, self.user = lane, user
        super().__init__(data, auto_id=f"{name}-%s")
        self.prepare()

    def prepare(self) -> None:
        """Fields that depend on the lane."""


class EngageForm(LaneForm):
    lead = PersonField(label=_("Who leads the lane?"), empty_label=_("Please choose"))
    note = words(_("What is asked of the lane?"), required=False)

    def prepare(self) -> None:
        if self.user.has_role(ROLES[self.lane.lane]):
            self.initial["lead"] = self.user.pk


class LeadForm(LaneForm):
    lead = PersonField(label=_("Who leads the lane from now on?"), empty_label=_("Please choose"))
    note = words(_("What should they know?"), required=False)


class WaitForm(LaneForm):
    what = words(_("What does the lane wait for?"))
    from_lane = forms.ChoiceField(label=_("From which lane?"), required=False)
    from_person = PersonField(
        label=_("Or from whom?"),
        required=False,
        empty_label=_("Nobody in particular"),
        help_text=_("Choose a lane, a person, or both."),
    )

    def prepare(self) -> None:
        field = self.fields["from_lane"]
        if isinstance(field, forms.ChoiceField):
            others = [(lane.value, str(lane.label)) for lane in Lane if lane != self.lane.lane]
            field.choices = [("", str(_("No lane"))), *others]
        self.initial = {
            "what": self.lane.waits_for,
            "from_lane": self.lane.waits_lane,
            "from_person": self.lane.waits_person_id,
        }


class ResumeForm(LaneForm):
    note = words(_("What did it get, or why does it go on without?"), required=False)


class SettleForm(LaneForm):
    outcome = words(_("What did the lane find or decide?"), help_text=_("Stands on the page of the incident."))


class NotNeededForm(LaneForm):
    reason = words(_("Why does this incident not need it?"))


class ReopenForm(LaneForm):
    reason = words(_("What came up that the lane must look at?"))
