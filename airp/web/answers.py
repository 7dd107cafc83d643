"""Answers to htmx and to plain browsers from one view.

A view renders its page once: htmx gets the named partial, everybody else the whole page. After a change it
either answers again (the region shows the new state) or sends the person on with `go`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event


def wants_fragment(request: HttpRequest) -> bool:
    """True for a request of htmx, but for the one that restores a page after Back."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def answer(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The page, or for htmx its partial (`page.html#partial`). Without `partial` always the page."""
    name = f"{template}#{partial}" if partial and wants_fragment(request) else template
    response = render(request, name, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    return response


def refused(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, partial: str | None = None
) -> HttpResponse:
    """422: the form with its errors and every typed character."""
    return answer(request, template, context, partial=partial, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def conflicted(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, partial: str | None = None
) -> HttpResponse:
    """409: somebody changed it meanwhile; the page shows theirs and mine."""
    return answer(request, template, context, partial=partial, status=HTTPStatus.CONFLICT)


def unchanged() -> HttpResponse:
    """204: a poll whose region has not changed."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def toast(response: HttpResponse, text: str | Promise, *, undo_url: str = "") -> HttpResponse:
    """Show a short line for 8 seconds, with Undo when a POST to `undo_url` takes the change back."""
    detail = {"text": str(text), "undo_url": undo_url, "undo_label": _("Undo"), "close_label": _("Close")}
    trigger_client_event(response, "airp:toast", detail)
    return response


def go(
    request: HttpRequest, to: Any, *args: Any, notice: str | Promise = "", undo_url: str = "", **kwargs: Any
) -> HttpResponse:
    """Send the person to another page (URL name or address); `notice` is shown there as a toast."""
    if notice:
        # A message has no data of its own: its tag carries the address that takes the change back.
        messages.success(request, str(notice), extra_tags=undo_url)
    if wants_fragment(request):
        return HttpResponseClientRedirect(resolve_url(to, *args, **kwargs))
    response: HttpResponse = redirect(to, *args, **kwargs)
    return response
