"""What people type about handoffs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import User
from incidents.coordination.handoffs.handoff import Handoff
from incidents.coordination.handoffs.states import Rating
from incidents.coordination.lane_forms import PersonField, colleagues, words
from incidents.coordination.sign_off_forms import moment
from incidents.response.packets import Section

LONGEST_SECTION = 12_000
USUAL_TIME = timedelta(hours=1)
HELP: dict[Section, Any] = {
    Section.STANDING: _("Filled in from the record. Add what the record does not say: what you are in the middle of."),
    Section.RISKS: _("What could get worse, and how one would notice."),
    Section.PROMISES: _("What somebody out there expects from us, and by when. Add what was promised by voice."),
    Section.AHEAD: _("What runs out next, and what you would do first."),
    Section.WORK: _("Who has what, and who waits for whom."),
}


class PacketForm(forms.Form):
    """The sections of a packet, filled in and to be completed, and until when an answer is needed."""

    use_required_attribute = False
    due_at = moment(_("Answer needed by"))

    def __init__(self, data: Any = None, *, filled: Mapping[str, str], now: datetime, name: str = "packet") -> None:
        super().__init__(data, auto_id=f"{name}-%s")
        for section in Section:
            field = forms.CharField(
                label=section.label,
                help_text=HELP[section],
                max_length=LONGEST_SECTION,
                required=section is Section.STANDING,
                widget=forms.Textarea(attrs={"rows": min(max(filled.get(section, "").count("\n") + 3, 3), 14)}),
            )
            self.fields[section.value] = field
        self.initial = {**filled, "due_at": timezone.localtime(now + USUAL_TIME)}
        self.order_fields([*(["receiver"] if "receiver" in self.fields else []), *Section.values, "due_at"])

    @property
    def words(self) -> dict[str, str]:
        return {section.value: self.cleaned_data[section.value] for section in Section}


class OfferForm(PacketForm):
    receiver = PersonField(label=_("Who takes it over?"), empty_label=_("Please choose"))

    def __init__(self, data: Any = None, *, giver: User, receiver: User | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["receiver"]
        if isinstance(field, PersonField):
            field.queryset = colleagues().exclude(pk=giver.pk)
        self.initial["receiver"] = receiver.pk if receiver else None


class ReceiverForm(forms.Form):
    """Of a shift: first to whom, because what passes depends on what they may see."""

    use_required_attribute = False
    to = PersonField(label=_("Who takes your shift over?"), empty_label=_("Please choose"))

    def __init__(self, data: Any = None, *, giver: User) -> None:
        super().__init__(data, auto_id="receiver-%s")
        field = self.fields["to"]
        if isinstance(field, PersonField):
            field.queryset = colleagues().exclude(pk=giver.pk)


class HandoffForm(forms.Form):
    """A form about one handoff."""

    use_required_attribute = False

    def __init__(self, data: Any = None, *, handoff: Handoff, name: str) -> None:
        super().__init__(data, auto_id=f"{name}-%s")
        self.handoff = handoff
        self.prepare()

    def prepare(self) -> None:
        """Fields that depend on the handoff."""


class AcceptForm(HandoffForm):
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def prepare(self) -> None:
        self.initial["seen"] = self.handoff.version


class ReturnForm(HandoffForm):
    missing = words(_("What is missing?"), help_text=_("The giver completes the packet and offers it again."))


class WithdrawForm(HandoffForm):
    reason = words(_("Why do you keep it?"))


class RateForm(HandoffForm):
    rating = forms.ChoiceField(choices=Rating, widget=forms.HiddenInput)
    note = words(_("What should be better next time?"), required=False)


class ReviseForm(PacketForm):
    """Other words: the next version."""

    def __init__(self, data: Any = None, *, handoff: Handoff, name: str) -> None:
        packet = handoff.packets.get(number=handoff.version)
        super().__init__(data, filled=packet.words, now=timezone.now(), name=name)
