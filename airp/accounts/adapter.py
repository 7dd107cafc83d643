"""How allauth behaves here: people are made by admins, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Closes self-service sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
