"""How allauth behaves here: people are made by admins, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from airp.accounts.models import User
from airp.accounts.start import start_url


class AccountAdapter(DefaultAccountAdapter):
    """Closes self-service sign-up; the own pages are ours."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Somebody who was switched off is told no more than somebody who mistyped."""
        messages.error(request, _("The e-mail address or the password is not correct."))
        return redirect("account_login")

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return start_url(request.user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url("accounts:profile")
