"""What people type about a saved view."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from airp.accounts.models import User
from incidents.saved_views.records import Sharing
from incidents.saved_views.saving import SHARE


class ViewForm(forms.Form):
    use_required_attribute = False
    name = forms.CharField(label=gettext_lazy("Name of the view"), max_length=40)
    sharing = forms.ChoiceField(label=gettext_lazy("Visible to"), choices=Sharing, required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "view-%s"} | kwargs)
        if not user.can(SHARE):
            del self.fields["sharing"]


class NameForm(forms.Form):
    use_required_attribute = False
    name = forms.CharField(label=gettext_lazy("Name"), max_length=40)
