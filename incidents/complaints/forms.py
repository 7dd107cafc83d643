"""What complainants, and colleagues who write down for them, type."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.classification.models import HarmKind
from incidents.complaints.channels import TAKEN_BY_STAFF, PriorityContact
from incidents.complaints.languages import LANGUAGES
from incidents.complaints.public_form import PublicForm
from incidents.complaints.reading import CATEGORY, MAX_CATEGORY, MAX_CONTACT, MAX_TEXT
from incidents.complaints.receiving import OLDEST
from incidents.systems.models import AISystem

MAX_TICKET = 64
YES_OR_NO = (("unknown", gettext_lazy("Not asked")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))


def _text(label: Any, *, help_text: Any = "", rows: int = 6, longest: int = MAX_TEXT) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=longest, help_text=help_text, widget=widget, strip=True)


def _moment(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=required, help_text=help_text, widget=widget)


def check_time(at: datetime | None, *, now: datetime) -> None:
    """Refuse a time that cannot be meant."""
    if at is not None and at > now:
        raise forms.ValidationError(_("That lies in the future. Check the date."))
    if at is not None and at < now - OLDEST:
        raise forms.ValidationError(_("That is more than a year ago. Check the date."))


class PublicComplaintForm(forms.Form):
    """What somebody without an account says. `ticket` makes pressing twice one complaint; `website` is for robots."""

    ticket = forms.CharField(max_length=MAX_TICKET, widget=forms.HiddenInput)
    text = _text(
        gettext_lazy("What happened?"),
        help_text=gettext_lazy(
            "What did you ask or do, what did it answer or do, and what came of it? You can paste parts of the"
            " conversation. Please leave out passwords and card numbers."
        ),
    )
    topic = forms.ChoiceField(label=gettext_lazy("What is it about?"))
    happened_on = forms.DateField(
        label=gettext_lazy("On which day?"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of your text"), choices=LANGUAGES, required=False)
    contact = forms.CharField(
        label=gettext_lazy("How can we reach you?"),
        required=False,
        max_length=MAX_CONTACT,
        help_text=gettext_lazy(
            "An e-mail address or a phone number. It is kept encrypted and used only to answer you."
            " Leave it empty to stay anonymous."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
    )
    website = forms.CharField(
        label=gettext_lazy("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, data: Any = None, *, public_form: PublicForm, now: datetime, **given: Any) -> None:
        super().__init__(data, **given)
        self.now = now
        topic = self.fields["topic"]
        if isinstance(topic, forms.ChoiceField):
            topic.choices = [("", _("Please choose")), *((each.category, each.words) for each in public_form.offered)]

    def clean_happened_on(self) -> date | None:
        day: date | None = self.cleaned_data["happened_on"]
        if day is not None and day > timezone.localdate(self.now) + timedelta(days=1):
            raise forms.ValidationError(_("That day lies in the future. Check the date."))
        if day is not None and day < timezone.localdate(self.now) - OLDEST:
            raise forms.ValidationError(_("That is more than a year ago. Check the date."))
        return day

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("This field is a trap for robots. Leave it empty and send again."))
        return ""


class FollowForm(forms.Form):
    """The code from the page that confirmed the complaint."""

    code = forms.CharField(
        label=gettext_lazy("Your code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class IntakeForm(forms.Form):
    """A complaint that somebody told a colleague: on the phone, in a letter, by the press."""

    ticket = forms.CharField(max_length=MAX_TICKET, widget=forms.HiddenInput)
    system = forms.ModelChoiceField(
        label=gettext_lazy("AI system"), queryset=AISystem.objects.filter(retired_at__isnull=True).order_by("name")
    )
    channel = forms.ChoiceField(label=gettext_lazy("How did it reach us?"), choices=TAKEN_BY_STAFF)
    text = _text(
        gettext_lazy("What do they say?"),
        help_text=gettext_lazy("In their own words. Addresses and numbers are hidden from readers by themselves."),
    )
    category = forms.CharField(
        label=gettext_lazy("Category"),
        required=False,
        max_length=MAX_CATEGORY,
        help_text=gettext_lazy("Thresholds count by it, for example: refund."),
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
    )
    harm_kind = forms.ModelChoiceField(
        label=gettext_lazy("Harm kind"),
        queryset=HarmKind.objects.filter(retired_at__isnull=True).order_by("position", "name"),
        required=False,
        empty_label=gettext_lazy("Not judged yet"),
    )
    priority_contact = forms.ChoiceField(
        label=gettext_lazy("On behalf of"),
        choices=[("", gettext_lazy("Themselves")), *PriorityContact.choices],
        required=False,
        help_text=gettext_lazy("Press, regulators and courts are looked at first."),
    )
    received_at = _moment(gettext_lazy("When was it made?"), help_text=gettext_lazy("In your time zone."))
    happened_at = _moment(gettext_lazy("When did it happen?"), required=False)
    contact = forms.CharField(
        label=gettext_lazy("How can they be reached?"),
        required=False,
        max_length=MAX_CONTACT,
        help_text=gettext_lazy(
            "Mail address or phone number: tells people apart, is kept encrypted. Empty: anonymous."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    contact_allowed = forms.ChoiceField(label=gettext_lazy("May we contact them?"), choices=YES_OR_NO)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, required=False)

    def __init__(self, data: Any = None, *, now: datetime, **given: Any) -> None:
        super().__init__(data, **given)
        self.now = now

    def clean_category(self) -> str:
        category: str = self.cleaned_data["category"]
        if category and not CATEGORY.fullmatch(category):
            raise forms.ValidationError(_("Use letters, digits, spaces and . : _ - only."))
        return category

    def clean_received_at(self) -> datetime:
        at: datetime = self.cleaned_data["received_at"]
        check_time(at, now=self.now)
        return at

    def clean_happened_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["happened_at"]
        check_time(at, now=self.now)
        return at


class UploadForm(forms.Form):
    """A file of complaints."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"})
    )


class ConfirmForm(forms.Form):
    """The checked file on its way back."""

    content = forms.CharField(widget=forms.HiddenInput)
