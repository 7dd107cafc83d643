"""What people change about themselves."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from airp.accounts.models import Theme, User
from airp.accounts.time_zones import known_time_zones

# Old names that only repeat another zone, and zones that are no place.
_LEFT_OUT = ("Etc/", "SystemV/", "US/", "posix", "right/", "Factory", "localtime")


def time_zone_choices() -> list[tuple[str, str]]:
    """Places by name, UTC first; short old names without a region are left out."""
    places = sorted(name for name in known_time_zones() if "/" in name and not name.startswith(_LEFT_OUT))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class ProfileForm(forms.ModelForm):
    """Name and manners of the page. Roles and e-mail address are an admin's."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zone_choices, help_text=_("Times on all pages are shown in this zone.")
    )

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["name", "time_zone", "theme", "has_shortcuts"]
        labels: ClassVar[dict[str, object]] = {"has_shortcuts": _("Single-key shortcuts")}
        help_texts: ClassVar[dict[str, object]] = {
            "name": _("As colleagues see it in timelines and lists."),
            "has_shortcuts": _("j, k, o, x and others. Switch them off if you use speech input or a screen reader."),
        }
        widgets: ClassVar[dict[str, type[forms.Widget]]] = {"theme": forms.RadioSelect}


class ThemeForm(forms.Form):
    """The quick switch in the person's menu, and where to return to."""

    theme = forms.ChoiceField(choices=Theme)
    next = forms.CharField(required=False)
