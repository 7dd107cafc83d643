"""The request that a view behind sign-in gets."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from airp.accounts.models import User


class AirpRequest(HttpRequest):
    """AccessMiddleware has made sure that `user` is a person; django-htmx adds `htmx`."""

    user: User
    htmx: HtmxDetails
