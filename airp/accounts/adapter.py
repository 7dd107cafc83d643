"""How allauth behaves here: people are made by admins, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.roles import Capability


class AccountAdapter(DefaultAccountAdapter):
    """Closes self-service sign-up; the own pages are ours."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Somebody who was switched off is told no more than somebody who mistyped."""
        messages.error(request, _("The e-mail address or the password is not correct."))
        return redirect("account_login")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Whoever does not work on incidents begins where they are told of them."""
        person = request.user
        if isinstance(person, User) and person.can(Capability.READ_STATUS):
            is_outside = not person.can(Capability.READ_INCIDENTS)
            return resolve_url("incidents:status_list" if is_outside else settings.LOGIN_REDIRECT_URL)
        return str(super().get_login_redirect_url(request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("accounts:profile")
