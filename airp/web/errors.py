"""Error pages that say what to do next."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token was missing or old: nothing was changed, sending it again helps."""
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)
