"""The person's own pages."""

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from airp.accounts.forms import ProfileForm, ThemeForm
from airp.accounts.models import User
from airp.accounts.requests import AirpRequest
from airp.accounts.roles import Role
from airp.web.answers import answer, go, refused

PAGE = "accounts/profile.html"


def profile(request: AirpRequest) -> HttpResponse:
    """Name, time zone, theme, shortcut switch."""
    if request.method != "POST":
        return answer(request, PAGE, _context(request, ProfileForm(instance=request.user)))
    # A copy: a refused form must not change how the frame around it is drawn.
    form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return refused(request, PAGE, _context(request, form))
    form.save()
    return go(request, "accounts:profile", notice=_("Profile saved."))


def _context(request: AirpRequest, form: ProfileForm) -> dict[str, object]:
    return {"form": form, "role_names": [Role(role).label for role in request.user.roles]}


def theme(request: AirpRequest) -> HttpResponse:
    """The quick switch: sets the theme and returns to the page it was pressed on."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    request.user.theme = form.cleaned_data["theme"]
    request.user.save(update_fields=["theme"])
    back = form.cleaned_data["next"]
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else "accounts:profile")
