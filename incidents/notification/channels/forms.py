"""What a person fills in about their channels."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.outbound.addresses import OutboundRefused
from airp.outbound.checking import check_channel
from airp.outbound.personal import ChannelKind
from incidents.classification.models import SeverityLevel


class SeveritiesField(forms.ModelMultipleChoiceField):
    """Severities as ticks, worst first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=SeverityLevel.objects.order_by("rank"),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            **kwargs,
        )


class ChannelForm(forms.Form):
    """A new channel. Its address is written once and never shown again."""

    use_required_attribute = False
    kind = forms.ChoiceField(label=_("Kind"), choices=ChannelKind)
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Such as: my phone, team chat."))
    url = forms.CharField(
        label=_("Address"),
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "The webhook's https address, or an Apprise address such as tgram://… or ntfys://…. It is a secret:"
            " kept encrypted, and only its last four characters are shown."
        ),
    )
    severities = SeveritiesField(label=_("Alerts of"), help_text=_("Also go over this channel, beside mail."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("url") and data.get("kind"):
            try:
                check_channel(ChannelKind(data["kind"]), data["url"])
            except OutboundRefused as refusal:
                self.add_error("url", str(refusal))
        return data


class RulesForm(forms.Form):
    """Which severities go over one channel."""

    severities = SeveritiesField(label=_("Alerts of"))
