"""The gate in front of every view: nothing is reachable that the permission registry does not declare."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from airp.accounts.models import User
from airp.accounts.registry import Access, access_for
from airp.accounts.roles import Capability

log = structlog.get_logger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]


class AccessMiddleware:
    """Checks the capability of the address for the person, before the view runs."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if _holds_nul(request):
            raise BadRequest("A NUL character can be no part of an address or a form.")
        match = request.resolver_match
        access = access_for(match.view_name) if match else None
        if access is None:
            log.error("undeclared_address", view=match.view_name if match else None)
            raise Http404
        return _refusal(request, access)


def _holds_nul(request: HttpRequest) -> bool:
    """PostgreSQL stores no NUL; it never comes from a person. Bodies that are no forms have parsers of their own."""
    values = [request.path, *(value for field in (request.GET, request.POST) for _name, value in _pairs(field))]
    return any("\x00" in value for value in values)


def _pairs(field: QueryDict) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, values in field.lists() for value in values)


def _refusal(request: HttpRequest, access: Access) -> HttpResponse | None:
    demanded = access.demanded(request.method or "GET")
    if demanded is None:
        offered = ["GET", "HEAD"] if access.read else ["POST"]
        return HttpResponseNotAllowed(offered)
    if demanded in {Capability.PUBLIC, Capability.TOKEN}:
        return None
    if not isinstance(request.user, User):
        return _ask_to_sign_in(request)
    if not request.user.can(demanded):
        raise PermissionDenied
    return None


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """A poll gets a bare 401, so that typed text stays; other fragments are sent to the sign-in page."""
    if request.headers.get("HX-Request") != "true":
        return redirect_to_login(request.get_full_path())
    if request.headers.get("X-Airp-Poll") == "true":
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    return HttpResponseClientRedirect(resolve_url("account_login"))
