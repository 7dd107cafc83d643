"""Where a person begins: the page behind the sign-in, the name of the product and the way out of an error."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.functional import SimpleLazyObject

from airp.accounts.models import User
from airp.accounts.roles import Capability


def start_url(person: object) -> str:
    """Whoever does not work on incidents begins where they are told of them; the board would refuse them."""
    is_outside = (
        isinstance(person, User) and person.can(Capability.READ_STATUS) and not person.can(Capability.READ_INCIDENTS)
    )
    return resolve_url("incidents:status_list" if is_outside else settings.LOGIN_REDIRECT_URL)


def start_page(request: HttpRequest) -> dict[str, Any]:
    """The same for templates; looked up only when one reads it."""
    return {"start_url": SimpleLazyObject(lambda: start_url(getattr(request, "user", None)))}
